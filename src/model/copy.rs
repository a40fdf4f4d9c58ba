//! A model that copies its input. It exercises every part of triglot except a network: for tests, load tests, and measuring the
//! cost of the service itself. A token is up to three bytes of text.

use std::sync::Arc;

use super::{Feed, Logits, ModelError, Network, PrefixId, RowId, Vocabulary, rows::Rows};
use crate::tokenizer::{Tokenizer, TokenizerError};

/// Ends a text.
pub const END: u32 = 1 << 26;

/// Bytes of a token.
const BYTES: usize = 3;

/// Packs up to three bytes and their number into an id.
pub struct CopyTokenizer;

impl Tokenizer for CopyTokenizer {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let pack = |bytes: &[u8]| {
            let id = bytes.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
            id | (bytes.len() as u32) << 24
        };
        Ok(text.as_bytes().chunks(BYTES).map(pack).collect())
    }

    fn decode(&self, ids: &[u32]) -> String {
        let mut bytes = Vec::with_capacity(ids.len() * BYTES);
        for id in ids.iter().filter(|id| **id < END) {
            let count = (id >> 24) as usize;
            bytes.extend_from_slice(&id.to_be_bytes()[4 - count.min(BYTES)..]);
        }
        bytes.utf8_chunks().map(|chunk| chunk.valid()).collect()
    }
}

/// Continues a row with the tokens of its first step, and then with [`END`].
#[derive(Default)]
pub struct Copy {
    rows: Rows<Row>,
}

#[derive(Clone, Default)]
struct Row {
    /// The tokens of the first step.
    source: Vec<u32>,
    /// Tokens read since then.
    position: usize,
}

impl Network for Copy {
    fn restrict(&mut self, _vocabularies: &[Vocabulary]) -> Result<(), ModelError> {
        Ok(())
    }

    fn prefix(&mut self, _tokens: &[u32]) -> Result<PrefixId, ModelError> {
        Ok(PrefixId(0))
    }

    fn open(&mut self, _prefix: Option<PrefixId>) -> Result<RowId, ModelError> {
        Ok(self.rows.open(Row::default()))
    }

    fn fork(&mut self, row: RowId) -> Result<RowId, ModelError> {
        self.rows.fork(row)
    }

    fn close(&mut self, row: RowId) {
        self.rows.close(row);
    }

    fn reset(&mut self) {
        self.rows.clear();
    }

    fn step(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<Logits>, ModelError> {
        let answer = |feed: &Feed<'_>| {
            let row = self.rows.get_mut(feed.row)?;
            if row.source.is_empty() {
                row.source.extend_from_slice(feed.tokens);
            } else {
                row.position += feed.tokens.len();
            }
            let next = row.source.get(row.position).copied().unwrap_or(END);
            Ok(Logits { ids: [next].into(), copied: Arc::default(), values: vec![0.0] })
        };
        feeds.iter().map(answer).collect()
    }
}
