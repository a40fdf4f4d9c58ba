//! Loads a network from a GGUF file onto a device: dequantises every tensor, applies the adapter, and copies the result.

use candle_core::{Device, Tensor, quantized::gguf_file::Content};
use slab::Slab;

use super::{
    super::{
        super::{ModelError, adapter::Adapter, int8::Source, mapped::MappedFile},
        config::DecoderKind,
        load::File,
    },
    DecoderConfig, TensorDecoder,
    block::Block,
    linear::Linear,
    pool::Pool,
    projection::Projection,
    rope::Rope,
};

pub(super) fn network(
    file: MappedFile,
    content: &Content,
    adapter: Option<&Adapter>,
    device: &Device,
) -> Result<TensorDecoder, ModelError> {
    let source = File::new(&file, content, adapter)?;
    if source.config.kind != DecoderKind::Gemma3 {
        return Err(ModelError::Format("only Gemma 3 can run on a GPU".to_owned()));
    }
    let target = Target { source: &source, device };
    let blocks = (0..source.config.blocks).map(|index| target.block(index)).collect::<Result<_, _>>()?;
    let output_norm = target.vector("output_norm.weight", source.config.width)?;
    let embedding = source.embedding(&file)?;
    let config = source.config;
    Ok(TensorDecoder {
        device: device.clone(),
        embedding,
        blocks,
        ropes: config.ropes().map(|(base, factor)| Rope::new(config.head_dim, base, factor)),
        output_norm,
        projection: Projection::default(),
        pool: Pool::new(config.blocks, config.kv_heads * config.head_dim, device)?,
        prefixes: Slab::new(),
        rows: Slab::new(),
        config,
    })
}

/// Loads the tensors of a file onto a device.
struct Target<'a> {
    source: &'a File<'a>,
    device: &'a Device,
}

impl Target<'_> {
    fn block(&self, index: usize) -> Result<Block, ModelError> {
        let DecoderConfig { width, feed_forward, heads, kv_heads, head_dim, epsilon, .. } =
            self.source.config;
        let norm = |part: &str, width| self.vector(&format!("blk.{index}.{part}.weight"), width);
        let (queries, keys) = (heads * head_dim, kv_heads * head_dim);
        Ok(Block {
            global: self.source.config.is_global(index),
            heads,
            kv_heads,
            head_dim,
            attention_norm: norm("attn_norm", width)?,
            qkv: self.linear(index, &[("attn_q", queries), ("attn_k", keys), ("attn_v", keys)], width)?,
            query_norm: (norm("attn_q_norm", head_dim)? / (head_dim as f64).sqrt())?,
            key_norm: norm("attn_k_norm", head_dim)?,
            attention_output: self.linear(index, &[("attn_output", width)], queries)?,
            post_attention_norm: norm("post_attention_norm", width)?,
            feed_forward_norm: norm("ffn_norm", width)?,
            gate_up: self.linear(index, &[("ffn_gate", feed_forward), ("ffn_up", feed_forward)], width)?,
            down: self.linear(index, &[("ffn_down", width)], feed_forward)?,
            post_feed_forward_norm: norm("post_ffw_norm", width)?,
            epsilon,
        })
    }

    fn vector(&self, name: &str, length: usize) -> Result<Tensor, ModelError> {
        Ok(Tensor::from_vec(self.source.weights.vector(name, length)?, length, self.device)?)
    }

    /// Linear layers `[outputs, columns]` of a block, stacked.
    fn linear(&self, block: usize, parts: &[(&str, usize)], columns: usize) -> Result<Linear, ModelError> {
        let mut weights = Vec::new();
        for (part, outputs) in parts {
            weights.extend(self.source.linear(block, part, *outputs, columns)?.rows(0..*outputs)?);
        }
        Ok(Linear::new(weights, columns, self.device)?)
    }
}
