//! Byte-pair encoding as SentencePiece does it (Kudo and Richardson 2018; the reference is llama.cpp's `llm_tokenizer_spm`):
//! of all neighbours whose union is a piece, the two whose union has the best score become one, until there are none.
//!
//! The library for this wants a list of merges. To make it from half a million ways to split the pieces, and to index it,
//! took as long as everything else that loading a model does, and some 40 MB; a table of the pieces is all that is needed.

use std::{cmp::Ordering, collections::BinaryHeap, hash::BuildHasher, ops::Range};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Pieces and what they are worth.
pub(super) struct Bpe {
    pieces: Vec<String>,
    scores: Vec<f32>,
    /// Ids of the pieces that text can become, by their text.
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// A part of the text, in a list of neighbours.
struct Symbol {
    /// Its bytes; none: it has become part of its left neighbour.
    bytes: Range<usize>,
    left: Option<usize>,
    right: Option<usize>,
}

/// Two neighbours whose union is a piece.
#[derive(PartialEq)]
struct Union {
    score: f32,
    left: usize,
    right: usize,
    /// Of the union, by which one is seen that is out of date.
    bytes: Range<usize>,
}

impl Eq for Union {}

impl Ord for Union {
    /// The best score first, of equals the one further left.
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Union {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Bpe {
    /// Takes the pieces, as many as scores; text becomes only those that `usable` names.
    pub(super) fn new(pieces: Vec<String>, scores: Vec<f32>, usable: impl Fn(u32) -> bool) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut ids = HashTable::with_capacity(pieces.len());
        let hash = |id: &u32| hasher.hash_one(&pieces[*id as usize]);
        for (id, piece) in (0u32..).zip(&pieces).filter(|(id, _)| usable(*id)) {
            ids.entry(hash(&id), |other| pieces[*other as usize] == *piece, hash).or_insert(id);
        }
        Self { pieces, scores, ids, hasher }
    }

    /// The text of every piece, by id.
    pub(super) fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// The piece with this text.
    pub(super) fn id(&self, text: &str) -> Option<u32> {
        self.ids.find(self.hasher.hash_one(text), |id| self.pieces[*id as usize] == text).copied()
    }

    /// Calls `piece` with the pieces of `text` from left to right, or with the text of a character that is none.
    pub(super) fn encode<'a>(&self, text: &'a str, mut piece: impl FnMut(Result<u32, &'a str>)) {
        let mut symbols: Vec<Symbol> = text
            .char_indices()
            .enumerate()
            .map(|(index, (start, c))| Symbol {
                bytes: start..start + c.len_utf8(),
                left: index.checked_sub(1),
                right: Some(index + 1),
            })
            .collect();
        let Some(last) = symbols.last_mut() else { return };
        last.right = None;
        let mut unions = BinaryHeap::new();
        for right in 1..symbols.len() {
            unions.extend(self.union(text, &symbols, right - 1, right));
        }
        while let Some(Union { left, right, bytes, .. }) = unions.pop() {
            if symbols[left].bytes.start != bytes.start
                || symbols[right].bytes.is_empty()
                || symbols[left].bytes.end != symbols[right].bytes.start
                || symbols[right].bytes.end != bytes.end
            {
                continue;
            }
            symbols[left].bytes = bytes;
            symbols[right].bytes = 0..0;
            symbols[left].right = symbols[right].right;
            if let Some(next) = symbols[left].right {
                symbols[next].left = Some(left);
                unions.extend(self.union(text, &symbols, left, next));
            }
            if let Some(before) = symbols[left].left {
                unions.extend(self.union(text, &symbols, before, left));
            }
        }
        for Symbol { bytes, .. } in symbols.into_iter().filter(|symbol| !symbol.bytes.is_empty()) {
            let text = &text[bytes];
            piece(self.id(text).ok_or(text));
        }
    }

    fn union(&self, text: &str, symbols: &[Symbol], left: usize, right: usize) -> Option<Union> {
        let bytes = symbols[left].bytes.start..symbols[right].bytes.end;
        let id = self.id(&text[bytes.clone()])?;
        Some(Union { score: self.scores[id as usize], left, right, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_union_goes_first_and_of_equals_the_left_one() {
        let pieces = [("a", 0.0), ("b", 0.0), ("ab", -2.0), ("ba", -1.0), ("aba", -3.0), ("bab", -3.0)];
        let (texts, scores) = pieces.iter().map(|(text, score)| ((*text).to_owned(), *score)).unzip();
        let bpe = Bpe::new(texts, scores, |id| id != 5);
        let encoded = |text: &'static str| {
            let mut parts = Vec::new();
            bpe.encode(text, |piece| parts.push(piece.map_or_else(|text| text, |id| pieces[id as usize].0)));
            parts
        };
        assert_eq!(encoded("aba"), ["aba"]);
        assert_eq!(encoded("bab"), ["ba", "b"]);
        assert_eq!(encoded("ababa"), ["aba", "ba"]);
        assert_eq!(encoded("aéb"), ["a", "é", "b"]);
        assert!(encoded("").is_empty());
    }
}
