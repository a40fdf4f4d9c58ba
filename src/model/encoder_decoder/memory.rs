//! The state of a row: keys and values of its source, which are fixed, and of its own tokens, which grow. Recurrent layers
//! keep cells instead of the latter.

use std::sync::Arc;

use super::attention::{Block, Heads, Run};

/// Positions per page: one block of keys.
const PAGE: usize = Block::Four as usize;
/// Positions per block of keys in a complete sentence.
const BLOCK: usize = Block::Sixteen as usize;

/// Keys and values of a complete sentence. Each head has its keys `[position / BLOCK][head_dim][position % BLOCK]` and then its
/// values `[position][head_dim]`.
pub(super) struct Fixed {
    values: Vec<f32>,
    positions: usize,
    head_dim: usize,
}

impl Fixed {
    /// Takes tokens `[positions, columns]`. The last `2 * heads.width()` columns are keys and then values.
    pub(super) fn new(tokens: &[f32], columns: usize, heads: Heads) -> Self {
        let (positions, head_dim, width) = (tokens.len() / columns, heads.dim, heads.width());
        let padded = positions.next_multiple_of(BLOCK);
        let mut values = vec![0.0; (padded + positions) * width];
        // A source without tokens has no chunks; their size must not be 0.
        let size = ((padded + positions) * head_dim).max(1);
        for (head, target) in values.chunks_exact_mut(size).enumerate() {
            let (keys, values) = target.split_at_mut(padded * head_dim);
            let column = columns - 2 * width + head * head_dim;
            let blocks = tokens.chunks(BLOCK * columns).zip(keys.chunks_exact_mut(BLOCK * head_dim));
            for (tokens, keys) in blocks {
                for (lane, token) in tokens.chunks_exact(columns).enumerate() {
                    for (target, key) in keys.chunks_exact_mut(BLOCK).zip(&token[column..][..head_dim]) {
                        target[lane] = *key;
                    }
                }
            }
            for (target, token) in values.chunks_exact_mut(head_dim).zip(tokens.chunks_exact(columns)) {
                target.copy_from_slice(&token[column + width..][..head_dim]);
            }
        }
        Self { values, positions, head_dim }
    }

    pub(super) fn run(&self) -> Run<'_> {
        let keys = self.positions.next_multiple_of(BLOCK) * self.head_dim;
        let stride = keys + self.positions * self.head_dim;
        let values = self.values.get(keys..).unwrap_or_default();
        Run { keys: &self.values, values, stride, positions: self.positions, block: Block::Sixteen }
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
    /// For each layer and head, keys `[head_dim][position]` and then values `[position][head_dim]`.
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
            for (target, key) in keys.chunks_exact_mut(PAGE).zip(key) {
                target[position % PAGE] = *key;
            }
            values[position % PAGE * head_dim..][..head_dim].copy_from_slice(value);
        }
    }

    /// The first `positions` of a layer.
    pub(super) fn runs(&self, layer: usize, positions: usize, heads: Heads) -> Vec<Run<'_>> {
        let (size, width) = (PAGE * heads.dim, heads.width());
        let mut runs = Vec::with_capacity(positions.div_ceil(PAGE));
        for (index, page) in self.pages[..positions.div_ceil(PAGE)].iter().enumerate() {
            let keys = &page[layer * 2 * PAGE * width..][..2 * PAGE * width];
            let positions = PAGE.min(positions - index * PAGE);
            let (values, stride) = (&keys[size..], 2 * size);
            runs.push(Run { keys, values, stride, positions, block: Block::Four });
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
    fn keys_are_transposed_in_blocks() {
        // 17 tokens, each with the keys and then the values of two heads.
        let tokens: Vec<f32> = (0..17 * 4).map(|i| i as f32).collect();
        let fixed = Fixed::new(&tokens, 4, Heads::scaled(2, 1));
        let Run { keys, values, stride, positions, .. } = fixed.run();
        assert_eq!((positions, stride), (17, 32 + 17));
        assert_eq!((keys[1], keys[16], keys[17], values[16]), (4.0, 64.0, 0.0, 66.0));
        assert_eq!((keys[stride + 1], values[stride + 16]), (5.0, 67.0));
        assert_eq!(Fixed::new(&[], 4, Heads::scaled(2, 1)).run().positions, 0);
    }

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
        let last = PAGE as f32;
        assert_eq!(second.keys[..8], [last, 99.0, 0.0, 0.0, last, 99.0, 0.0, 0.0]);
        assert_eq!(second.keys[second.stride..][..4], [100.0, 99.0, 0.0, 0.0]);
        assert_eq!(memory.runs(0, PAGE + 1, heads)[1].keys[..4], [last, 0.0, 0.0, 0.0]);
    }
}
