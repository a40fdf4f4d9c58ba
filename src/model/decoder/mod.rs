//! Decoders from a GGUF file (the reference is llama.cpp): Gemma 3, text only (technical report, 2025), Llama, Qwen 2 and 3.
//!
//! Gemma 3 normalises the inputs and outputs of its layers, has grouped queries with normalised heads and a GELU-gated
//! feed-forward, and attends over a window in five of six blocks. The other kinds omit some of these. The tokens of all rows
//! in a step are one flat batch `[tokens, width]`; only attention distinguishes rows.

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
    block::{Block, StepRow, Workspace},
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

/// The keys and values of a sequence: one cache per block.
#[derive(Clone, Default)]
struct Memory(Vec<Cache>);

impl Memory {
    /// Number of positions.
    fn len(&self) -> usize {
        self.0.first().map_or(0, Cache::len)
    }
}

/// From this number of positions on, a fork shares its parent's memory. Shorter memories are copied, so that a beam that
/// forks at every step does not become a long list of caches.
const SHARED_POSITIONS: usize = 16;

/// A row: the memories that it shares with other rows, in order, and its own memory after them.
#[derive(Clone)]
struct Row {
    shared: Vec<Arc<Memory>>,
    own: Memory,
    /// Tokens that it has read after the prefix and may copy.
    copied: Arc<[u32]>,
}

impl Row {
    /// Number of positions.
    fn len(&self) -> usize {
        self.shared.iter().map(|memory| memory.len()).sum::<usize>() + self.own.len()
    }
}

/// A loaded decoder.
pub struct Decoder {
    config: DecoderConfig,
    embedding: TokenMatrix,
    /// The output projection, if it is not the embedding.
    output: Option<TokenMatrix>,
    blocks: Vec<Block>,
    /// For local blocks, for global blocks.
    ropes: [Rope; 2],
    output_norm: Vec<f32>,
    projection: Projection,
    prefixes: Slab<Arc<Memory>>,
    rows: Rows<Row>,
    workspace: Workspace,
}

impl Decoder {
    /// Loads the network from a mapped GGUF file whose content was checked, and merges the adapter.
    pub fn load(
        file: MappedFile,
        content: &candle_core::quantized::gguf_file::Content,
        adapter: Option<&Adapter>,
    ) -> Result<Self, ModelError> {
        load::network(file, content, adapter)
    }

    /// The logits after every token of one sequence from position `first` on, for comparing the network with its reference.
    pub fn score(
        &mut self,
        tokens: &[u32],
        first: usize,
        shortlist: ShortlistId,
    ) -> Result<Vec<Logits>, ModelError> {
        let row = self.open_row(Vec::new());
        let read = self.forward(&[(row, tokens)]);
        self.close(row);
        read?;
        let wanted = |token| Wanted { token, shortlist, copied: Arc::default() };
        self.logits(&(first..tokens.len()).map(wanted).collect::<Vec<_>>())
    }

    /// Runs the tokens of all feeds through the blocks and keeps their keys and values. The result is in the workspace. After
    /// an error, the rows of the step are unusable.
    fn forward(&mut self, feeds: &[(RowId, &[u32])]) -> Result<(), ModelError> {
        self.workspace.hidden.clear();
        let scale = self.config.kind.embedding_scale(self.config.width);
        for token in feeds.iter().flat_map(|(_, tokens)| *tokens) {
            self.embedding.read(*token, scale, &mut self.workspace.hidden)?;
        }
        let positions = self.longest(feeds);
        for rope in &mut self.ropes {
            rope.reach(positions);
        }
        // Take the memories out of the rows, so that all can grow in one pass over the weights of a block.
        let mut rows = Vec::with_capacity(feeds.len());
        let mut places = Vec::new();
        for (index, (id, tokens)) in feeds.iter().enumerate() {
            let row = self.rows.get_mut(*id)?;
            let first = row.len();
            places.extend((first..first + tokens.len()).map(|position| Place { row: index, position }));
            let (shared, own) = (row.shared.clone(), std::mem::take(&mut row.own));
            // The caches are already taken if the row is in the step twice.
            if own.0.len() != self.blocks.len() {
                return Err(ModelError::Unknown(id.0));
            }
            rows.push(StepRow { shared, own, tokens: tokens.len() });
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

    /// Number of positions of the longest row after this step.
    fn longest(&self, feeds: &[(RowId, &[u32])]) -> usize {
        let lengths =
            feeds.iter().filter_map(|(row, tokens)| Some(self.rows.get(*row).ok()?.len() + tokens.len()));
        lengths.max().unwrap_or(0)
    }

    fn open_row(&mut self, shared: Vec<Arc<Memory>>) -> RowId {
        let own = self.empty_memory();
        self.rows.open(Row { shared, own, copied: Arc::default() })
    }

    /// The output projection.
    fn output_matrix(&self) -> &TokenMatrix {
        self.output.as_ref().unwrap_or(&self.embedding)
    }

    fn empty_memory(&self) -> Memory {
        Memory(vec![Cache::default(); self.blocks.len()])
    }

    /// The logits after some tokens of the last step.
    fn logits(&self, wanted: &[Wanted]) -> Result<Vec<Logits>, ModelError> {
        let DecoderConfig { width, epsilon, .. } = self.config;
        let mut hidden = Vec::with_capacity(wanted.len() * width);
        for Wanted { token, .. } in wanted {
            hidden.extend_from_slice(&self.workspace.hidden[token * width..][..width]);
        }
        hidden.chunks_exact_mut(width).for_each(|row| vector::rms_norm(row, &self.output_norm, epsilon));
        self.projection.logits(self.output_matrix(), &hidden, wanted)
    }
}

impl Network for Decoder {
    fn restrict(&mut self, vocabularies: &[Vocabulary]) -> Result<(), ModelError> {
        self.projection = Projection::new(self.output_matrix(), vocabularies)?;
        Ok(())
    }

    fn prefix(&mut self, tokens: &[u32]) -> Result<PrefixId, ModelError> {
        let row = self.open_row(Vec::new());
        let read = self.forward(&[(row, tokens)]);
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
        let empty = self.empty_memory();
        let parent = self.rows.get_mut(row)?;
        if parent.own.len() >= SHARED_POSITIONS {
            parent.shared.push(Arc::new(std::mem::replace(&mut parent.own, empty)));
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
        self.forward(&rows)?;
        let mut end = 0;
        let mut wanted = Vec::with_capacity(feeds.len());
        for Feed { row, tokens, shortlist } in feeds {
            end += tokens.len();
            let row = self.rows.get_mut(*row)?;
            row.copied = self.projection.copied(*shortlist)?.after(&row.copied, tokens);
            wanted.push(Wanted { token: end - 1, shortlist: *shortlist, copied: Arc::clone(&row.copied) });
        }
        self.logits(&wanted)
    }
}
