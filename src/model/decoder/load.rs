//! From a GGUF file to a network.
//!
//! Q8_0 and Q5_0 weights reach the 8-bit kernels unchanged (both have one scale for 32 weights, and the grid of Q5_0 is
//! part of Q8_0's); Q4_K and Q6_K are put on the 8-bit grid, whose error is small beside their own. So is what an adapter
//! has changed, whatever the grid was before.

use std::sync::Arc;

use candle_core::quantized::gguf_file::{Content, Value};
use memmap2::Mmap;
use slab::Slab;

use super::{
    super::{
        ModelError,
        adapter::Adapter,
        gguf::{FileMatrix, Weights},
        int8::Int8Matrix,
        rows::Rows,
    },
    Gemma3, Gemma3Config,
    attention::{Attention, Rope},
    block::{Block, Workspace},
    output::{Embedding, Projection},
};

/// Every sixth block is global.
const PATTERN: usize = 6;
/// Base of the rotary frequencies of local blocks; the file names only the global one.
pub(super) const LOCAL_ROPE_BASE: f32 = 10_000.0;

/// The linear layers of a block: their names in the file, and in the checkpoint that adapters are made for.
const LINEAR: [(&str, &str); 7] = [
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

/// Whether a block looks back over everything.
pub(super) fn is_global(index: usize) -> bool {
    (index + 1).is_multiple_of(PATTERN)
}

/// A checked file, and what changes its linear layers.
pub(super) struct File<'a> {
    pub weights: Weights<'a>,
    pub config: Gemma3Config,
    adapter: Option<&'a Adapter>,
}

pub(super) fn network(
    file: Arc<Mmap>,
    content: &Content,
    adapter: Option<&Adapter>,
) -> Result<Gemma3, ModelError> {
    let source = File::new(&file, content, adapter)?;
    let blocks = (0..source.config.blocks).map(|index| source.block(index)).collect::<Result<_, _>>()?;
    let output_norm = source.weights.vector("output_norm.weight", source.config.width)?;
    let embedding = source.embedding(&file)?;
    let config = source.config;
    Ok(Gemma3 {
        embedding,
        blocks,
        ropes: [LOCAL_ROPE_BASE, config.rope_base].map(|base| Rope::new(config.head_dim, base)),
        output_norm,
        projection: Projection::default(),
        prefixes: Slab::new(),
        rows: Rows::default(),
        workspace: Workspace::default(),
        config,
    })
}

fn config(content: &Content) -> Result<Gemma3Config, ModelError> {
    let value =
        |key: &str| content.metadata.get(key).ok_or_else(|| ModelError::Format(format!("{key} is missing")));
    let architecture = value("general.architecture")?;
    if !matches!(architecture, Value::String(name) if name == "gemma3") {
        return Err(ModelError::Format(format!("the architecture is {architecture:?}, not gemma3")));
    }
    let wrong = |key: &str| ModelError::Format(format!("gemma3.{key} is out of range"));
    let size = |key: &str, most: u32| {
        let size = value(&format!("gemma3.{key}"))?.to_u32()?;
        if (1..=most).contains(&size) { Ok(size as usize) } else { Err(wrong(key)) }
    };
    let float = |key: &str| {
        let float = value(&format!("gemma3.{key}"))?.to_f32()?;
        if float.is_finite() && float > 0.0 { Ok(float) } else { Err(wrong(key)) }
    };
    let config = Gemma3Config {
        blocks: size("block_count", 256)?,
        width: size("embedding_length", 1 << 16)?,
        feed_forward: size("feed_forward_length", 1 << 18)?,
        heads: size("attention.head_count", 256)?,
        kv_heads: size("attention.head_count_kv", 256)?,
        head_dim: size("attention.key_length", 4096)?,
        window: size("attention.sliding_window", 1 << 20)?,
        rope_base: float("rope.freq_base")?,
        epsilon: float("attention.layer_norm_rms_epsilon")?,
    };
    if !config.heads.is_multiple_of(config.kv_heads) || !config.head_dim.is_multiple_of(2) {
        return Err(wrong("attention.head_count"));
    }
    Ok(config)
}

/// The name that a linear layer has in Transformers' checkpoints.
fn module_name(block: usize, module: &str) -> String {
    format!("model.layers.{block}.{module}")
}

impl<'a> File<'a> {
    /// Reads the sizes, and checks that the adapter changes nothing but linear layers of the blocks.
    pub(super) fn new(
        bytes: &'a [u8],
        content: &'a Content,
        adapter: Option<&'a Adapter>,
    ) -> Result<Self, ModelError> {
        let config = config(content)?;
        if let Some(adapter) = adapter {
            let modules = |index| LINEAR.map(|(_, module)| module_name(index, module));
            adapter.check_modules((0..config.blocks).flat_map(modules))?;
        }
        Ok(Self { weights: Weights { bytes, content }, config, adapter })
    }

    /// The embedding, which stays in the mapped file, the one that this was made of.
    pub(super) fn embedding(&self, file: &Arc<Mmap>) -> Result<Embedding, ModelError> {
        let (range, tokens) = self.weights.q8_0("token_embd.weight", self.config.width)?;
        Embedding::new(Arc::clone(file), range, tokens)
    }

    /// A linear layer `[outputs, columns]` of a block, with what the adapter adds.
    pub(super) fn linear(
        &self,
        block: usize,
        part: &str,
        outputs: usize,
        columns: usize,
    ) -> Result<FileMatrix<'a>, ModelError> {
        let module =
            LINEAR.iter().find(|(name, _)| *name == part).map(|(_, module)| module_name(block, module));
        let change = match (self.adapter, module) {
            (Some(adapter), Some(module)) => adapter.change(&module, outputs, columns)?,
            _ => None,
        };
        self.weights.matrix(&format!("blk.{block}.{part}.weight"), outputs, columns, change)
    }

    fn block(&self, index: usize) -> Result<Block, ModelError> {
        let Gemma3Config { width, feed_forward, heads, kv_heads, head_dim, window, epsilon, .. } =
            self.config;
        let global = is_global(index);
        let name = |part: &str| format!("blk.{index}.{part}.weight");
        Ok(Block {
            global,
            attention_norm: self.weights.vector(&name("attn_norm"), width)?,
            qkv: self.matrix(
                index,
                &[
                    ("attn_q", heads * head_dim),
                    ("attn_k", kv_heads * head_dim),
                    ("attn_v", kv_heads * head_dim),
                ],
                width,
            )?,
            attention: Attention {
                heads,
                kv_heads,
                head_dim,
                window: (!global).then_some(window),
                query_norm: self.weights.vector(&name("attn_q_norm"), head_dim)?,
                key_norm: self.weights.vector(&name("attn_k_norm"), head_dim)?,
                epsilon,
            },
            attention_output: self.matrix(index, &[("attn_output", width)], heads * head_dim)?,
            post_attention_norm: self.weights.vector(&name("post_attention_norm"), width)?,
            feed_forward_norm: self.weights.vector(&name("ffn_norm"), width)?,
            gate_up: self.matrix(index, &[("ffn_gate", feed_forward), ("ffn_up", feed_forward)], width)?,
            down: self.matrix(index, &[("ffn_down", width)], feed_forward)?,
            post_feed_forward_norm: self.weights.vector(&name("post_ffw_norm"), width)?,
            epsilon,
        })
    }

    /// Linear layers `[outputs, columns]` of a block, one below the other.
    fn matrix(
        &self,
        block: usize,
        parts: &[(&str, usize)],
        columns: usize,
    ) -> Result<Int8Matrix, ModelError> {
        let parts = parts.iter().map(|(part, outputs)| self.linear(block, part, *outputs, columns));
        Int8Matrix::quantise(&parts.collect::<Result<Vec<_>, _>>()?, columns)
    }
}
