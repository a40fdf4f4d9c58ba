//! The layout of a step on the device: the places of each token's keys, its rotation, and what each row attends to.

use candle_core::{Device, Result, Tensor};

use super::{super::DecoderConfig, rope::Rope};

/// A row in a step: all its places, and the number of tokens that it reads. These have the last places.
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

/// Rows that read the same number of tokens.
pub(super) struct Group {
    pub rows: usize,
    /// Number of tokens that each row reads.
    pub tokens: usize,
    /// For local blocks, for global blocks.
    pub views: [View; 2],
}

/// What the rows of a group attend to. All rows are as long as the longest.
#[derive(Clone)]
pub(super) struct View {
    /// `[rows * length]`
    pub places: Tensor,
    pub length: usize,
    /// The mask that is added to scores, `[rows, 1, tokens, length]`; `None` if every token attends to everything.
    pub mask: Option<Tensor>,
}

/// The layout of a step. Its tokens are ordered by group, then by row.
pub(super) struct StepLayout {
    /// The place of each token, repeated in every column: `[tokens, kv_heads * head_dim]`.
    pub places: Tensor,
    /// Cosines and sines for local blocks, for global blocks: `[tokens, head_dim / 2]`.
    pub rotations: [[Tensor; 2]; 2],
    pub groups: Vec<Group>,
}

impl StepLayout {
    /// The layout of a step with these rows, which are sorted by their number of tokens; none reads 0.
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

    /// Number of tokens in the step.
    pub(super) fn tokens(&self) -> usize {
        self.groups.iter().map(|group| group.rows * group.tokens).sum()
    }
}

impl View {
    /// The view of rows that read the same number of tokens. Each token attends to `window` positions, its own included.
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
            // Pad with a place of the same row, so that a NaN cannot spread to other rows.
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
    fn a_token_attends_to_its_row_within_the_window() {
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
