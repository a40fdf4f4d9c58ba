//! Gemma 3 on candle's tensors, for the devices that candle supports. Files, adapters, rows and shortlists are those of the
//! network on 8-bit kernels; only the arithmetic differs. Weights are bfloat16 if the device has it; everything else is
//! float32.
//!
//! A device is fast with few large kernels. So the host first describes a step (the places of keys and values, and what each
//! row attends to), copies the description to the device, and then runs kernels. If all rows read the same number of tokens,
//! the number of kernels does not grow with the rows.

mod block;
mod layout;
mod linear;
mod load;
mod pool;
mod projection;
mod rope;

use std::{collections::BTreeSet, sync::Arc};

use candle_core::{Device, Tensor};
use candle_nn::ops::rms_norm;
use slab::Slab;

use self::{block::Block, layout::StepLayout, pool::Pool, projection::Projection, rope::Rope};
use super::{
    super::{
        Feed, Logits, ModelError, Network, PrefixId, RowId, Vocabulary, adapter::Adapter, mapped::MappedFile,
    },
    DecoderConfig,
    output::Wanted,
    tokens::TokenMatrix,
};

/// A row: the places of its keys and values, those of its prefix first.
struct Row {
    places: Vec<u32>,
    /// Tokens that it has read after the prefix and may copy.
    copied: Arc<[u32]>,
}

/// A loaded Gemma 3 on a device.
pub struct TensorDecoder {
    config: DecoderConfig,
    device: Device,
    embedding: TokenMatrix,
    blocks: Vec<Block>,
    /// For local blocks, for global blocks.
    ropes: [Rope; 2],
    output_norm: Tensor,
    projection: Projection,
    pool: Pool,
    /// The places of each prefix.
    prefixes: Slab<Vec<u32>>,
    rows: Slab<Row>,
}

impl TensorDecoder {
    /// Loads the network from a mapped GGUF file whose content was checked, merges the adapter, and copies it to the device.
    pub fn load(
        file: MappedFile,
        content: &candle_core::quantized::gguf_file::Content,
        adapter: Option<&Adapter>,
        device: &Device,
    ) -> Result<Self, ModelError> {
        load::network(file, content, adapter, device)
    }

    /// Runs the tokens of some rows through the blocks and keeps their keys and values. Returns the normalised output of the
    /// last token of each row: `[feeds, width]`. After an error, the rows of the step are unusable.
    fn forward(&mut self, feeds: &[(usize, &[u32])]) -> Result<Tensor, ModelError> {
        // Rows that read the same number of tokens must be adjacent.
        let mut order: Vec<usize> = (0..feeds.len()).collect();
        order.sort_by_key(|index| feeds[*index].1.len());
        let (mut hidden, mut seen) = (Vec::new(), BTreeSet::new());
        let scale = self.config.kind.embedding_scale(self.config.width);
        for index in &order {
            let (id, tokens) = feeds[*index];
            let row = self.rows.get_mut(id).filter(|_| seen.insert(id) && !tokens.is_empty());
            let row = row.ok_or(ModelError::Unknown(id))?;
            for token in tokens {
                self.embedding.read(*token, scale, &mut hidden)?;
            }
            row.places.extend(self.pool.take(tokens.len())?);
        }
        let spans = order.iter().map(|index| {
            let (id, tokens) = feeds[*index];
            layout::Span { places: &self.rows[id].places, tokens: tokens.len() }
        });
        let spans: Vec<_> = spans.collect();
        let layout = StepLayout::new(&spans, &self.config, &mut self.ropes, &self.device)?;

        let width = self.config.width;
        let mut hidden = Tensor::from_vec(hidden, (layout.tokens(), width), &self.device)?;
        for (block, memory) in self.blocks.iter().zip(self.pool.memories()) {
            hidden = block.forward(&hidden, &layout, memory)?;
        }

        let mut last = vec![0u32; feeds.len()];
        let mut end = 0;
        for index in order {
            end += feeds[index].1.len();
            last[index] = end as u32 - 1;
        }
        let last = Tensor::from_vec(last, feeds.len(), &self.device)?;
        Ok(rms_norm(&hidden.index_select(&last, 0)?, &self.output_norm, self.config.epsilon)?)
    }

    fn open_row(&mut self, places: Vec<u32>, copied: Arc<[u32]>) -> usize {
        self.pool.hold(&places);
        self.rows.insert(Row { places, copied })
    }
}

impl Network for TensorDecoder {
    fn restrict(&mut self, vocabularies: &[Vocabulary]) -> Result<(), ModelError> {
        self.projection = Projection::new(&self.embedding, vocabularies, self.config.width, &self.device)?;
        Ok(())
    }

    fn prefix(&mut self, tokens: &[u32]) -> Result<PrefixId, ModelError> {
        let row = self.open_row(Vec::new(), Arc::default());
        let read = if tokens.is_empty() { Ok(()) } else { self.forward(&[(row, tokens)]).map(drop) };
        let Row { places, .. } = self.rows.try_remove(row).ok_or(ModelError::Unknown(row))?;
        if read.is_err() {
            self.pool.release(&places);
        }
        read.map(|()| PrefixId(self.prefixes.insert(places)))
    }

    fn open(&mut self, prefix: Option<PrefixId>) -> Result<RowId, ModelError> {
        let places = match prefix {
            Some(PrefixId(id)) => self.prefixes.get(id).ok_or(ModelError::Unknown(id))?.clone(),
            None => Vec::new(),
        };
        Ok(RowId(self.open_row(places, Arc::default())))
    }

    fn fork(&mut self, RowId(row): RowId) -> Result<RowId, ModelError> {
        let Row { places, copied } = self.rows.get(row).ok_or(ModelError::Unknown(row))?;
        let (places, copied) = (places.clone(), Arc::clone(copied));
        Ok(RowId(self.open_row(places, copied)))
    }

    fn close(&mut self, RowId(row): RowId) {
        if let Some(Row { places, .. }) = self.rows.try_remove(row) {
            self.pool.release(&places);
        }
    }

    fn reset(&mut self) {
        self.rows.clear();
        self.prefixes.clear();
        self.pool.clear();
    }

    fn step(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<Logits>, ModelError> {
        if feeds.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(usize, &[u32])> = feeds.iter().map(|feed| (feed.row.0, feed.tokens)).collect();
        let hidden = self.forward(&rows)?;
        let mut wanted = Vec::with_capacity(feeds.len());
        for (token, Feed { row, tokens, shortlist }) in feeds.iter().enumerate() {
            let row = self.rows.get_mut(row.0).ok_or(ModelError::Unknown(row.0))?;
            row.copied = self.projection.copied(*shortlist)?.after(&row.copied, tokens);
            wanted.push(Wanted { token, shortlist: *shortlist, copied: Arc::clone(&row.copied) });
        }
        self.projection.logits(&self.embedding, &hidden, &wanted)
    }
}
