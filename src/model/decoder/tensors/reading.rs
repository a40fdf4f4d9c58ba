//! What a step reads, described on the device: where each token's keys go, how it is rotated, and what each row sees.

use candle_core::{Device, Result, Tensor};

use super::{super::DecoderConfig, rope::Rope};

/// A row in a step: all its places, and how many tokens it reads, whose places are the last ones.
#[derive(Clone, Copy)]
pub(super) struct Span<'a> {
    pub places: &'a [u32],
    pub tokens: usize,
}

impl Span<'_> {
    /// The position of the first token that it reads.
    fn first(self) -> usize {
        self.places.len() - self.tokens
    }
}

/// Rows that read equally many tokens.
pub(super) struct Group {
    pub rows: usize,
    /// That each of them reads.
    pub tokens: usize,
    /// What they see in local blocks, in global blocks.
    pub views: [View; 2],
}

/// What the rows of a group see, as far back as the one that sees most.
#[derive(Clone)]
pub(super) struct View {
    /// `[rows * length]`
    pub places: Tensor,
    pub length: usize,
    /// What is added to scores, `[rows, 1, tokens, length]`; none where every token sees everything.
    pub mask: Option<Tensor>,
}

/// A step. Its tokens stand one behind the other, group by group, row by row.
pub(super) struct Reading {
    /// Where the keys and values of each token go, `[tokens, kv_heads * head_dim]`: the same in every column.
    pub places: Tensor,
    /// Cosines and sines of local blocks, of global blocks: `[tokens, head_dim / 2]`.
    pub rotations: [[Tensor; 2]; 2],
    pub groups: Vec<Group>,
}

impl Reading {
    /// Describes a step of rows that are sorted by the number of their tokens, which is nowhere 0.
    pub(super) fn new(
        spans: &[Span<'_>],
        config: &DecoderConfig,
        [local, global]: &mut [Rope; 2],
        device: &Device,
    ) -> Result<Self> {
        let (mut places, mut positions, mut end) = (Vec::new(), Vec::new(), 0);
        for span in spans {
            places.extend_from_slice(&span.places[span.first()..]);
            positions.extend(span.first() as u32..span.places.len() as u32);
            end = end.max(span.places.len());
        }
        let tokens = places.len();
        let places = Tensor::from_vec(places, (tokens, 1), device)?;
        let positions = Tensor::from_vec(positions, tokens, device)?;
        let groups = spans.chunk_by(|a, b| a.tokens == b.tokens).map(|spans| {
            let all = View::new(spans, usize::MAX, device)?;
            let longest = spans.iter().map(|span| span.places.len()).max().unwrap_or_default();
            let near = match config.window {
                Some(window) if window < longest => View::new(spans, window, device)?,
                _ => all.clone(),
            };
            Ok(Group { rows: spans.len(), tokens: spans[0].tokens, views: [near, all] })
        });
        Ok(Self {
            places: places.broadcast_as((tokens, config.kv_heads * config.head_dim))?.contiguous()?,
            rotations: [local.at(&positions, end, device)?, global.at(&positions, end, device)?],
            groups: groups.collect::<Result<_>>()?,
        })
    }

    /// How many tokens are read.
    pub(super) fn tokens(&self) -> usize {
        self.groups.iter().map(|group| group.rows * group.tokens).sum()
    }
}

impl View {
    /// What rows that read equally many tokens see, each token back to `window` positions, its own included.
    fn new(spans: &[Span<'_>], window: usize, device: &Device) -> Result<Self> {
        let earliest = |position: usize| (position + 1).saturating_sub(window);
        let seen = |span: &Span<'_>| span.places.len() - earliest(span.first());
        let length = spans.iter().map(seen).max().unwrap_or_default();
        let tokens = spans.first().map_or(0, |span| span.tokens);
        let mut places = Vec::with_capacity(spans.len() * length);
        let mut mask = Vec::with_capacity(spans.len() * tokens * length);
        for span in spans {
            let start = earliest(span.first());
            places.extend_from_slice(&span.places[start..]);
            // Filled up with a place of its own: numbers that are none do not go over to other rows.
            places.resize(places.len() + length - seen(span), span.places[span.first()]);
            for position in span.first()..span.places.len() {
                let sees = earliest(position)..=position;
                let hidden = |key| if sees.contains(&key) { 0.0 } else { f32::NEG_INFINITY };
                mask.extend((start..start + length).map(hidden));
            }
        }
        let everything = mask.iter().all(|hidden| *hidden == 0.0);
        let mask = Tensor::from_vec(mask, (spans.len(), 1, tokens, length), device);
        Ok(Self {
            places: Tensor::from_vec(places, spans.len() * length, device)?,
            length,
            mask: if everything { None } else { Some(mask?) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_sees_its_row_back_to_the_window() {
        let spans = [Span { places: &[7, 8, 9, 4], tokens: 2 }, Span { places: &[1, 2], tokens: 2 }];
        let near = View::new(&spans, 2, &Device::Cpu).unwrap();
        assert_eq!(near.places.to_vec1::<u32>().unwrap(), [8, 9, 4, 1, 2, 1]);
        let mask: Vec<f32> = near.mask.unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let sees: Vec<u8> = mask.iter().map(|hidden| u8::from(*hidden == 0.0)).collect();
        assert_eq!(sees, [1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0]);
        let alone = View::new(&[Span { places: &[7, 8, 9, 4], tokens: 1 }], 2, &Device::Cpu).unwrap();
        assert_eq!((alone.places.to_vec1::<u32>().unwrap(), alone.mask.is_none()), (vec![9, 4], true));
    }
}
