//! Gemma 3, text only, from a GGUF file (Gemma 3 technical report, 2025; the reference is llama.cpp's `gemma3`).
//!
//! Pre- and post-normalised blocks, grouped queries with normalised heads, GELU-gated feed-forward; five blocks of six
//! look back over a window, the sixth over everything. The tokens of all rows in a step are one flat batch
//! `[tokens, width]`; only attention looks at which row a token belongs to.

mod attention;
mod load;
mod output;

use std::sync::Arc;

use candle_core::{Device, Tensor};
use memmap2::Mmap;
use slab::Slab;

use self::{
    attention::{Attention, Cache, Past, Rope},
    output::{Embedding, Place, Projection},
};
use super::{
    Feed, Logits, ModelError, Network, PrefixId, RowId, ShortlistId, Vocabulary, adapter::Adapter,
    int8::Int8Matrix, rowwise, vector,
};

/// The sizes of a Gemma 3, from the file's metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct Gemma3Config {
    /// Number of blocks.
    pub blocks: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Width of the feed-forward layer.
    pub feed_forward: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Keys that a local block sees, its own included.
    pub window: usize,
    /// Base of the rotary frequencies of global blocks.
    pub rope_base: f32,
    /// Added to the mean square in normalisations.
    pub epsilon: f32,
}

/// Weights of a block.
struct Block {
    /// Whether it looks back over everything.
    global: bool,
    attention_norm: Vec<f32>,
    /// Queries, keys and values in one: `[(heads + 2 kv_heads) head_dim, width]`.
    qkv: Int8Matrix,
    attention: Attention,
    attention_output: Int8Matrix,
    post_attention_norm: Vec<f32>,
    feed_forward_norm: Vec<f32>,
    /// Gate and up in one: `[2 feed_forward, width]`.
    gate_up: Int8Matrix,
    down: Int8Matrix,
    post_feed_forward_norm: Vec<f32>,
}

/// Keys and values of a sequence, a cache a block.
#[derive(Clone, Default)]
struct Memory(Vec<Cache>);

impl Memory {
    /// Positions kept.
    fn len(&self) -> usize {
        self.0.first().map_or(0, Cache::len)
    }
}

/// A row: a shared beginning and what it read since.
#[derive(Clone)]
struct Row {
    prefix: Option<Arc<Memory>>,
    own: Memory,
    /// What it read since and can copy.
    copied: Arc<[u32]>,
}

/// A loaded Gemma 3.
pub struct Gemma3 {
    config: Gemma3Config,
    embedding: Embedding,
    blocks: Vec<Block>,
    /// Of local blocks, of global blocks.
    ropes: [Rope; 2],
    output_norm: Vec<f32>,
    projection: Projection,
    prefixes: Slab<Arc<Memory>>,
    rows: Slab<Row>,
}

impl Gemma3 {
    /// Reads the network from a mapped GGUF file whose content was checked, and merges the adapter.
    pub fn load(
        file: Arc<Mmap>,
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
        let row = self.open_row(None);
        let hidden = self.read(&[(row, tokens)]);
        self.close(RowId(row));
        let place = |position| Place { position, shortlist, copied: Arc::default() };
        self.answer(&hidden?, &(first..tokens.len()).map(place).collect::<Vec<_>>())
    }

    /// Runs the tokens of all feeds through the blocks and keeps their keys and values: `[tokens, width]`. After an
    /// error the rows of the step are in no useful state.
    fn read(&mut self, feeds: &[(usize, &[u32])]) -> Result<Tensor, ModelError> {
        let tokens: usize = feeds.iter().map(|(_, tokens)| tokens.len()).sum();
        let mut hidden = Vec::with_capacity(tokens * self.config.width);
        for token in feeds.iter().flat_map(|(_, tokens)| *tokens) {
            self.embedding.read(*token, &mut hidden)?;
        }
        let mut hidden = Tensor::from_vec(hidden, (tokens, self.config.width), &Device::Cpu)?;
        let positions = self.longest(feeds);
        for rope in &mut self.ropes {
            rope.reach(positions);
        }
        // Taken out for the step, so that all of them can grow in one pass over a block's weights.
        let mut rows = Vec::with_capacity(feeds.len());
        for (id, tokens) in feeds {
            let row = self.rows.get_mut(*id).ok_or(ModelError::Unknown(*id))?;
            rows.push((*id, row.prefix.clone(), std::mem::take(&mut row.own), tokens.len()));
        }
        for (index, block) in self.blocks.iter().enumerate() {
            let caches = rows.iter_mut().map(|(id, prefix, own, tokens)| {
                let prefix = prefix.as_ref().map(|memory| &memory.0[index]);
                let own = own.0.get_mut(index).ok_or(ModelError::Unknown(*id))?;
                Ok((Past { prefix, own }, *tokens))
            });
            let rope = &self.ropes[usize::from(block.global)];
            hidden = block.forward(
                &hidden,
                caches.collect::<Result<_, ModelError>>()?,
                rope,
                self.config.epsilon,
            )?;
        }
        for (id, _, own, _) in rows {
            self.rows[id].own = own;
        }
        Ok(hidden)
    }

    /// Positions that the longest row has behind this step.
    fn longest(&self, feeds: &[(usize, &[u32])]) -> usize {
        let length = |row: &Row| row.prefix.as_ref().map_or(0, |prefix| prefix.len()) + row.own.len();
        feeds
            .iter()
            .filter_map(|(row, tokens)| Some(length(self.rows.get(*row)?) + tokens.len()))
            .max()
            .unwrap_or(0)
    }

    fn open_row(&mut self, prefix: Option<Arc<Memory>>) -> usize {
        let own = Memory(vec![Cache::default(); self.blocks.len()]);
        self.rows.insert(Row { prefix, own, copied: Arc::default() })
    }

    /// Logits at the places, of which `hidden` has the positions.
    fn answer(&self, hidden: &Tensor, places: &[Place]) -> Result<Vec<Logits>, ModelError> {
        let picked: Vec<u32> = places.iter().map(|place| place.position as u32).collect();
        let picked = Tensor::from_vec(picked, places.len(), &Device::Cpu)?;
        let hidden = normalised(&hidden.index_select(&picked, 0)?, &self.output_norm, self.config.epsilon)?;
        self.projection.logits(&self.embedding, &hidden, places)
    }
}

impl Block {
    /// `[tokens, width]` to the same. `rows` says whose tokens they are, and how many each row has.
    fn forward(
        &self,
        input: &Tensor,
        rows: Vec<(Past<'_>, usize)>,
        rope: &Rope,
        epsilon: f32,
    ) -> Result<Tensor, ModelError> {
        let qkv = self.qkv.forward(&normalised(input, &self.attention_norm, epsilon)?)?;
        let mut qkv = qkv.flatten_all()?.to_vec1::<f32>()?;
        let mut rest = qkv.as_mut_slice();
        let mut queries = Vec::with_capacity(rows.len());
        for (past, tokens) in rows {
            let (these, others) = rest.split_at_mut(tokens * self.qkv.outputs());
            rest = others;
            queries.push(self.attention.remember(past, these, rope));
        }
        let attended = self.attention.attend(&queries);
        let tokens = input.dim(0)?;
        let attended = Tensor::from_vec(attended, (tokens, self.attention.output_width()), &Device::Cpu)?;
        let attended = self.attention_output.forward(&attended)?;
        let hidden = (normalised(&attended, &self.post_attention_norm, epsilon)? + input)?;

        let gate_up = self.gate_up.forward(&normalised(&hidden, &self.feed_forward_norm, epsilon)?)?;
        let gated = rowwise::apply(&gate_up, self.gate_up.outputs() / 2, vector::gated_gelu)?;
        let fed = self.down.forward(&gated)?;
        Ok((normalised(&fed, &self.post_feed_forward_norm, epsilon)? + hidden)?)
    }
}

impl Network for Gemma3 {
    fn restrict(&mut self, vocabularies: &[Vocabulary]) -> Result<(), ModelError> {
        self.projection = Projection::new(&self.embedding, vocabularies)?;
        Ok(())
    }

    fn prefix(&mut self, tokens: &[u32]) -> Result<PrefixId, ModelError> {
        let row = self.open_row(None);
        let read = self.read(&[(row, tokens)]);
        let memory = self.rows.try_remove(row).ok_or(ModelError::Unknown(row))?.own;
        read?;
        Ok(PrefixId(self.prefixes.insert(Arc::new(memory))))
    }

    fn open(&mut self, prefix: Option<PrefixId>) -> Result<RowId, ModelError> {
        let prefix = match prefix {
            Some(PrefixId(id)) => Some(Arc::clone(self.prefixes.get(id).ok_or(ModelError::Unknown(id))?)),
            None => None,
        };
        Ok(RowId(self.open_row(prefix)))
    }

    fn fork(&mut self, row: RowId) -> Result<RowId, ModelError> {
        let copy = self.rows.get(row.0).ok_or(ModelError::Unknown(row.0))?.clone();
        Ok(RowId(self.rows.insert(copy)))
    }

    fn close(&mut self, row: RowId) {
        self.rows.try_remove(row.0);
    }

    fn reset(&mut self) {
        self.rows.clear();
        self.prefixes.clear();
    }

    fn step(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<Logits>, ModelError> {
        let rows: Vec<(usize, &[u32])> = feeds.iter().map(|feed| (feed.row.0, feed.tokens)).collect();
        let hidden = self.read(&rows)?;
        let mut end = 0;
        let mut places = Vec::with_capacity(feeds.len());
        for Feed { row, tokens, shortlist } in feeds {
            end += tokens.len();
            let row = self.rows.get_mut(row.0).ok_or(ModelError::Unknown(row.0))?;
            let known = &row.copied;
            let mut new: Vec<u32> = tokens.to_vec();
            new.retain(|token| self.projection.copies(*shortlist, *token) && !known.contains(token));
            if !new.is_empty() {
                new.sort_unstable();
                new.dedup();
                row.copied = [known, new.as_slice()].concat().into();
            }
            places.push(Place { position: end - 1, shortlist: *shortlist, copied: Arc::clone(&row.copied) });
        }
        self.answer(&hidden, &places)
    }
}

/// Root-mean-square normalisation of every row of `[rows, width]`.
fn normalised(rows: &Tensor, weight: &[f32], epsilon: f32) -> candle_core::Result<Tensor> {
    rowwise::apply(rows, weight.len(), |input, output| {
        output.copy_from_slice(input);
        vector::rms_norm(output, weight, epsilon);
    })
}
