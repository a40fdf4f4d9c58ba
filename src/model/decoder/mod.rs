//! Decoders from a GGUF file (the reference is llama.cpp): Gemma 3, text only (technical report, 2025), Llama, Qwen 2 and 3.
//!
//! Of Gemma 3: blocks normalised before and behind, grouped queries with normalised heads, GELU-gated feed-forward; five
//! blocks of six look back over a window, the sixth over everything. The others leave some of that out. The tokens of all rows in a step are one flat batch
//! `[tokens, width]`; only attention looks at which row a token belongs to.

mod attention;
mod block;
mod config;
mod load;
mod output;
mod tensors;
mod tokens;

use std::sync::Arc;

use slab::Slab;

use self::{
    attention::{Cache, Place, Rope},
    block::{Block, Reading, Workspace},
    output::{Projection, Wanted},
    tokens::TokenMatrix,
};
pub use self::{
    config::{DecoderConfig, DecoderKind},
    tensors::TensorDecoder,
};
use super::{
    Feed, Logits, ModelError, Network, PrefixId, RowId, ShortlistId, Vocabulary, adapter::Adapter,
    mapped::MappedFile, rows::Rows, vector,
};

/// Keys and values of a sequence, a cache a block.
#[derive(Clone, Default)]
struct Memory(Vec<Cache>);

impl Memory {
    /// Positions kept.
    fn len(&self) -> usize {
        self.0.first().map_or(0, Cache::len)
    }
}

/// Positions from which two rows share what both have read; fewer are copied, so that a beam that divides at every step
/// does not read a piece for each.
const SHARED_POSITIONS: usize = 16;

/// A row: what it read together with others, in pieces, and what it read since.
#[derive(Clone)]
struct Row {
    shared: Vec<Arc<Memory>>,
    own: Memory,
    /// What it read since and can copy.
    copied: Arc<[u32]>,
}

impl Row {
    /// Positions read.
    fn len(&self) -> usize {
        self.shared.iter().map(|memory| memory.len()).sum::<usize>() + self.own.len()
    }
}

/// A loaded decoder.
pub struct Decoder {
    config: DecoderConfig,
    embedding: TokenMatrix,
    /// The output projection, where it is not the embedding.
    output: Option<TokenMatrix>,
    blocks: Vec<Block>,
    /// Of local blocks, of global blocks.
    ropes: [Rope; 2],
    output_norm: Vec<f32>,
    projection: Projection,
    prefixes: Slab<Arc<Memory>>,
    rows: Rows<Row>,
    workspace: Workspace,
}

impl Decoder {
    /// Reads the network from a mapped GGUF file whose content was checked, and merges the adapter.
    pub fn load(
        file: MappedFile,
        content: &candle_core::quantized::gguf_file::Content,
        adapter: Option<&Adapter>,
    ) -> Result<Self, ModelError> {
        load::network(file, content, adapter)
    }

    /// Logits behind every token of one sequence from position `first` on, for measuring the network against its
    /// reference.
    pub fn score(
        &mut self,
        tokens: &[u32],
        first: usize,
        shortlist: ShortlistId,
    ) -> Result<Vec<Logits>, ModelError> {
        let row = self.open_row(Vec::new());
        let read = self.read(&[(row, tokens)]);
        self.close(row);
        read?;
        let wanted = |token| Wanted { token, shortlist, copied: Arc::default() };
        self.answer(&(first..tokens.len()).map(wanted).collect::<Vec<_>>())
    }

    /// Runs the tokens of all feeds through the blocks and keeps their keys and values; what comes out is in the workspace.
    /// After an error the rows of the step are in no useful state.
    fn read(&mut self, feeds: &[(RowId, &[u32])]) -> Result<(), ModelError> {
        self.workspace.hidden.clear();
        let scale = self.config.kind.embedding_scale(self.config.width);
        for token in feeds.iter().flat_map(|(_, tokens)| *tokens) {
            self.embedding.read(*token, scale, &mut self.workspace.hidden)?;
        }
        let positions = self.longest(feeds);
        for rope in &mut self.ropes {
            rope.reach(positions);
        }
        // Taken out for the step, so that all of them can grow in one pass over a block's weights.
        let mut rows = Vec::with_capacity(feeds.len());
        let mut places = Vec::new();
        for (index, (id, tokens)) in feeds.iter().enumerate() {
            let row = self.rows.get_mut(*id)?;
            let first = row.len();
            places.extend((first..first + tokens.len()).map(|position| Place { row: index, position }));
            let (shared, own) = (row.shared.clone(), std::mem::take(&mut row.own));
            // A row that is in the step twice has given its caches away already.
            if own.0.len() != self.blocks.len() {
                return Err(ModelError::Unknown(id.0));
            }
            rows.push(Reading { shared, own, tokens: tokens.len() });
        }
        for (index, block) in self.blocks.iter().enumerate() {
            let rope = &self.ropes[usize::from(block.global)];
            block.forward(index, &mut rows, &places, rope, &mut self.workspace);
        }
        for ((id, _), row) in feeds.iter().zip(rows) {
            self.rows.get_mut(*id)?.own = row.own;
        }
        Ok(())
    }

    /// Positions that the longest row has behind this step.
    fn longest(&self, feeds: &[(RowId, &[u32])]) -> usize {
        let lengths =
            feeds.iter().filter_map(|(row, tokens)| Some(self.rows.get(*row).ok()?.len() + tokens.len()));
        lengths.max().unwrap_or(0)
    }

    fn open_row(&mut self, shared: Vec<Arc<Memory>>) -> RowId {
        let own = self.nothing_read();
        self.rows.open(Row { shared, own, copied: Arc::default() })
    }

    /// The matrix that logits are made with.
    fn writes(&self) -> &TokenMatrix {
        self.output.as_ref().unwrap_or(&self.embedding)
    }

    fn nothing_read(&self) -> Memory {
        Memory(vec![Cache::default(); self.blocks.len()])
    }

    /// Logits behind some tokens of the step that was read last.
    fn answer(&self, wanted: &[Wanted]) -> Result<Vec<Logits>, ModelError> {
        let DecoderConfig { width, epsilon, .. } = self.config;
        let mut hidden = Vec::with_capacity(wanted.len() * width);
        for Wanted { token, .. } in wanted {
            hidden.extend_from_slice(&self.workspace.hidden[token * width..][..width]);
        }
        hidden.chunks_exact_mut(width).for_each(|row| vector::rms_norm(row, &self.output_norm, epsilon));
        self.projection.logits(self.writes(), &hidden, wanted)
    }
}

impl Network for Decoder {
    fn restrict(&mut self, vocabularies: &[Vocabulary]) -> Result<(), ModelError> {
        self.projection = Projection::new(self.writes(), vocabularies)?;
        Ok(())
    }

    fn prefix(&mut self, tokens: &[u32]) -> Result<PrefixId, ModelError> {
        let row = self.open_row(Vec::new());
        let read = self.read(&[(row, tokens)]);
        let memory = self.rows.close(row).ok_or(ModelError::Unknown(row.0))?.own;
        read?;
        Ok(PrefixId(self.prefixes.insert(Arc::new(memory))))
    }

    fn open(&mut self, prefix: Option<PrefixId>) -> Result<RowId, ModelError> {
        let shared = match prefix {
            Some(PrefixId(id)) => vec![Arc::clone(self.prefixes.get(id).ok_or(ModelError::Unknown(id))?)],
            None => Vec::new(),
        };
        Ok(self.open_row(shared))
    }

    fn fork(&mut self, row: RowId) -> Result<RowId, ModelError> {
        let nothing = self.nothing_read();
        let parent = self.rows.get_mut(row)?;
        if parent.own.len() >= SHARED_POSITIONS {
            parent.shared.push(Arc::new(std::mem::replace(&mut parent.own, nothing)));
        }
        self.rows.fork(row)
    }

    fn close(&mut self, row: RowId) {
        self.rows.close(row);
    }

    fn reset(&mut self) {
        self.rows.clear();
        self.prefixes.clear();
    }

    fn step(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<Logits>, ModelError> {
        if let Some(silent) = feeds.iter().find(|feed| feed.tokens.is_empty()) {
            return Err(ModelError::Unknown(silent.row.0));
        }
        let rows: Vec<(RowId, &[u32])> = feeds.iter().map(|feed| (feed.row, feed.tokens)).collect();
        self.read(&rows)?;
        let mut end = 0;
        let mut wanted = Vec::with_capacity(feeds.len());
        for Feed { row, tokens, shortlist } in feeds {
            end += tokens.len();
            let row = self.rows.get_mut(*row)?;
            row.copied = self.projection.copied(*shortlist)?.behind(&row.copied, tokens);
            wanted.push(Wanted { token: end - 1, shortlist: *shortlist, copied: Arc::clone(&row.copied) });
        }
        self.answer(&wanted)
    }
}
