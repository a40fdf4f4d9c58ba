//! The state of a row: keys and values of its source, which are fixed, and of its own tokens, which grow. Recurrent layers
//! keep cells instead of the latter.

use std::sync::Arc;

use super::attention::{Heads, Run};

/// Positions per page.
const PAGE: usize = 4;

/// Keys and values of a complete sentence, `[head][keys, values][position][head_dim]`.
pub(super) struct Fixed {
    values: Vec<f32>,
    positions: usize,
    head_dim: usize,
}

impl Fixed {
    /// Takes tokens `[positions, columns]`. The last `2 * heads.width()` columns are keys and then values.
    pub(super) fn new(tokens: &[f32], columns: usize, heads: Heads) -> Self {
        let (positions, head_dim, width) = (tokens.len() / columns, heads.dim, heads.width());
        let mut values = Vec::with_capacity(positions * 2 * width);
        for head in 0..heads.count {
            for part in [columns - 2 * width, columns - width] {
                let start = part + head * head_dim;
                let each = tokens.chunks_exact(columns);
                each.for_each(|token| values.extend_from_slice(&token[start..start + head_dim]));
            }
        }
        Self { values, positions, head_dim }
    }

    pub(super) fn run(&self) -> Run<'_> {
        let size = self.positions * self.head_dim;
        let values = self.values.get(size..).unwrap_or_default();
        Run { keys: &self.values, values, stride: 2 * size, positions: self.positions }
    }
}

/// The decoder's state for a row's own tokens. Clones are independent.
pub trait DecoderState: Clone + Default + Send + Sync {
    /// Number of tokens that the row has read.
    fn tokens(&self) -> usize;

    /// Makes room for `tokens` more tokens and counts them as read. `width` is that of a layer.
    fn grow(&mut self, tokens: usize, layers: usize, width: usize);
}

/// Keys and values of a row's own tokens in all layers. Clones share pages and copy them on write, so a forked hypothesis copies
/// at most one page.
#[derive(Clone, Default)]
pub struct Memory {
    /// `[layer][head][keys, values][position][head_dim]`
    pages: Vec<Arc<Vec<f32>>>,
    positions: usize,
}

impl DecoderState for Memory {
    fn tokens(&self) -> usize {
        self.positions
    }

    fn grow(&mut self, positions: usize, layers: usize, width: usize) {
        self.positions += positions;
        while self.pages.len() * PAGE < self.positions {
            self.pages.push(Arc::new(vec![0.0; layers * 2 * PAGE * width]));
        }
    }
}

impl Memory {
    /// Writes a position of a layer. [`DecoderState::grow`] must have made room for it.
    pub(super) fn write(&mut self, layer: usize, position: usize, key: &[f32], value: &[f32], heads: Heads) {
        let (width, head_dim) = (heads.width(), heads.dim);
        let page = Arc::make_mut(&mut self.pages[position / PAGE]);
        let layer = &mut page[layer * 2 * PAGE * width..][..2 * PAGE * width];
        let each = key.chunks_exact(head_dim).zip(value.chunks_exact(head_dim));
        for (head, (key, value)) in layer.chunks_exact_mut(2 * PAGE * head_dim).zip(each) {
            let (keys, values) = head.split_at_mut(PAGE * head_dim);
            let at = position % PAGE * head_dim;
            keys[at..at + head_dim].copy_from_slice(key);
            values[at..at + head_dim].copy_from_slice(value);
        }
    }

    /// The first `positions` of a layer.
    pub(super) fn runs(&self, layer: usize, positions: usize, heads: Heads) -> Vec<Run<'_>> {
        let (size, width) = (PAGE * heads.dim, heads.width());
        let mut runs = Vec::with_capacity(positions.div_ceil(PAGE));
        for (index, page) in self.pages[..positions.div_ceil(PAGE)].iter().enumerate() {
            let keys = &page[layer * 2 * PAGE * width..][..2 * PAGE * width];
            let positions = PAGE.min(positions - index * PAGE);
            runs.push(Run { keys, values: &keys[size..], stride: 2 * size, positions });
        }
        runs
    }
}

/// The cells of recurrent layers. Their size does not depend on the number of tokens.
#[derive(Clone, Default)]
pub struct Cells {
    /// `[layer][width]`
    values: Vec<f32>,
    tokens: usize,
}

impl DecoderState for Cells {
    fn tokens(&self) -> usize {
        self.tokens
    }

    fn grow(&mut self, tokens: usize, layers: usize, width: usize) {
        self.tokens += tokens;
        self.values.resize(layers * width, 0.0);
    }
}

impl Cells {
    /// The cell of a layer; zeros before the first token.
    pub(in super::super) fn layer(&mut self, layer: usize, width: usize) -> &mut [f32] {
        &mut self.values[layer * width..][..width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_pages_that_they_do_not_write() {
        let heads = Heads::scaled(2, 2);
        let mut memory = Memory::default();
        memory.grow(PAGE + 1, 1, 4);
        for position in 0..=PAGE {
            let key = [position as f32, position as f32, 100.0, 100.0];
            memory.write(0, position, &key, &[-1.0; 4], heads);
        }
        let mut copy = memory.clone();
        copy.grow(1, 1, 4);
        copy.write(0, PAGE + 1, &[99.0; 4], &[1.0; 4], heads);
        assert!(Arc::ptr_eq(&memory.pages[0], &copy.pages[0]));
        assert!(!Arc::ptr_eq(&memory.pages[1], &copy.pages[1]));
        let [first, second] = copy.runs(0, PAGE + 2, heads).try_into().ok().unwrap();
        assert_eq!((first.positions, second.positions), (PAGE, 2));
        assert_eq!(second.keys[..4], [PAGE as f32, PAGE as f32, 99.0, 99.0]);
        assert_eq!(second.keys[second.stride..][..4], [100.0, 100.0, 99.0, 99.0]);
        assert_eq!(memory.runs(0, PAGE + 1, heads)[1].keys[2..4], [0.0; 2]);
    }
}
