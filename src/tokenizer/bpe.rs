//! Byte-pair encoding as in SentencePiece (Kudo and Richardson 2018; the reference is llama.cpp's `llm_tokenizer_spm`). It
//! merges adjacent symbols whose union is a piece, each time the union with the best score, until no union is a piece.
//!
//! The `tokenizers` crate needs a list of merges instead. Building and indexing that list from half a million splits of the
//! pieces took as long as the rest of loading a model, and some 40 MB. This code needs only a table of the pieces.

use std::{cmp::Ordering, collections::BinaryHeap, hash::BuildHasher, ops::Range};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Pieces and their scores.
pub(super) struct Bpe {
    pieces: Vec<String>,
    scores: Vec<f32>,
    /// Ids of the pieces that may encode text, by their text.
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// A part of the text, in a linked list.
struct Symbol {
    /// Its bytes; empty if it was merged into its left neighbour.
    bytes: Range<usize>,
    left: Option<usize>,
    right: Option<usize>,
}

/// Two adjacent symbols whose union is a piece.
#[derive(PartialEq)]
struct Union {
    score: f32,
    left: usize,
    right: usize,
    /// The bytes of the union. They show whether it is out of date.
    bytes: Range<usize>,
}

impl Eq for Union {}

impl Ord for Union {
    /// Best score first; on a tie, leftmost first.
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
    /// Takes the pieces and their scores, of equal number. Only `usable` pieces encode text.
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

    /// Calls `piece` with the pieces of `text` from left to right, and with the text of each character that has no piece.
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
    fn the_best_union_is_merged_first_and_on_a_tie_the_left_one() {
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
