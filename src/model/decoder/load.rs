//! Loads a network from a GGUF file.
//!
//! Q8_0 and Q5_0 weights reach the 8-bit kernels unchanged: both have one scale for 32 weights, and the grid of Q5_0 is part
//! of Q8_0's. Q4_K and Q6_K weights are quantised again to 8 bits; the error is small compared with their own. Weights that
//! an adapter changed are quantised again from any type.

use candle_core::quantized::gguf_file::Content;
use slab::Slab;

use super::{
    super::{
        ModelError,
        adapter::Adapter,
        gguf::{FileMatrix, Weights},
        int8::Int8Matrix,
        mapped::MappedFile,
        rows::Rows,
        vector,
    },
    Decoder, DecoderConfig, DecoderKind,
    attention::{Attention, Rope},
    block::{Block, Workspace},
    output::Projection,
    tokens::TokenMatrix,
};

const EMBEDDING: &str = "token_embd.weight";
const OUTPUT: &str = "output.weight";
const ROPE_FACTORS: &str = "rope_freqs.weight";

/// The linear layers of a block: their names in the file, and in the checkpoint for which adapters are trained.
const LINEAR: [(&str, &str); 7] = [
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

/// A checked file and its adapter.
pub(super) struct File<'a> {
    pub weights: Weights<'a>,
    pub config: DecoderConfig,
    adapter: Option<&'a Adapter>,
}

pub(super) fn network(
    file: MappedFile,
    content: &Content,
    adapter: Option<&Adapter>,
) -> Result<Decoder, ModelError> {
    let source = File::new(&file, content, adapter)?;
    let blocks = (0..source.config.blocks).map(|index| source.block(index)).collect::<Result<_, _>>()?;
    let output_norm = source.weights.vector("output_norm.weight", source.config.width)?;
    let embedding = source.embedding(&file)?;
    let output = source.output(&file)?;
    let divisors = source.frequency_divisors()?;
    let config = source.config;
    let adjacent = config.kind.rotates_adjacent();
    Ok(Decoder {
        embedding,
        output,
        blocks,
        ropes: config.ropes().map(|(base, factor)| {
            let divisors: Vec<f32> = divisors.iter().map(|divisor| divisor * factor).collect();
            Rope::new(base, adjacent, &divisors)
        }),
        output_norm,
        projection: Projection::default(),
        prefixes: Slab::new(),
        rows: Rows::default(),
        workspace: Workspace::default(),
        config,
    })
}

/// The name of a linear layer in Transformers' checkpoints.
fn module_name(block: usize, module: &str) -> String {
    format!("model.layers.{block}.{module}")
}

impl<'a> File<'a> {
    /// Reads the sizes, and checks that the adapter changes only linear layers of the blocks.
    pub(super) fn new(
        bytes: &'a [u8],
        content: &'a Content,
        adapter: Option<&'a Adapter>,
    ) -> Result<Self, ModelError> {
        let config = DecoderConfig::from_gguf(content)?;
        if let Some(adapter) = adapter {
            let modules = |index| LINEAR.map(|(_, module)| module_name(index, module));
            adapter.check_modules((0..config.blocks).flat_map(modules))?;
        }
        Ok(Self { weights: Weights { bytes, content }, config, adapter })
    }

    /// The embedding, which stays in the mapped `file`. `file` must be the one that [`Self::new`] received.
    pub(super) fn embedding(&self, file: &MappedFile) -> Result<TokenMatrix, ModelError> {
        TokenMatrix::new(file, self.weights, EMBEDDING, self.config.width)
    }

    /// The output projection, if it is not the embedding.
    fn output(&self, file: &MappedFile) -> Result<Option<TokenMatrix>, ModelError> {
        let own = self.weights.content.tensor_infos.contains_key(OUTPUT);
        own.then(|| TokenMatrix::new(file, self.weights, OUTPUT, self.config.width)).transpose()
    }

    /// The divisor of each rotary frequency, for models that were extended to longer texts (Llama 3.1).
    fn frequency_divisors(&self) -> Result<Vec<f32>, ModelError> {
        match self.weights.content.tensor_infos.contains_key(ROPE_FACTORS) {
            true => self.weights.vector(ROPE_FACTORS, self.config.head_dim / 2),
            false => Ok(vec![1.0; self.config.head_dim / 2]),
        }
    }

    /// A linear layer `[outputs, columns]` of a block, with the change of the adapter.
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
        let DecoderConfig { kind, width, feed_forward, heads, kv_heads, head_dim, window, epsilon, .. } =
            self.config;
        let global = self.config.is_global(index);
        let name = |part: &str| format!("blk.{index}.{part}.weight");
        let optional = |part: &str, length: usize, has: bool| {
            has.then(|| self.weights.vector(&name(part), length)).transpose()
        };
        let (normalises_heads, normalises_outputs) =
            (matches!(kind, DecoderKind::Gemma3 | DecoderKind::Qwen3), kind == DecoderKind::Gemma3);
        let bias = match kind {
            DecoderKind::Qwen2 => {
                let part = |part: &str, heads: usize| {
                    self.weights.vector(&format!("blk.{index}.{part}.bias"), heads * head_dim)
                };
                Some([part("attn_q", heads)?, part("attn_k", kv_heads)?, part("attn_v", kv_heads)?].concat())
            }
            _ if self.weights.content.tensor_infos.contains_key(&format!("blk.{index}.attn_q.bias")) => {
                return Err(ModelError::Format("biases of queries are only supported in Qwen 2".to_owned()));
            }
            _ => None,
        };
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
                window: window.filter(|_| !global),
                bias,
                query_norm: optional("attn_q_norm", head_dim, normalises_heads)?,
                key_norm: optional("attn_k_norm", head_dim, normalises_heads)?,
                epsilon,
            },
            attention_output: self.matrix(index, &[("attn_output", width)], heads * head_dim)?,
            post_attention_norm: optional("post_attention_norm", width, normalises_outputs)?,
            feed_forward_norm: self.weights.vector(&name("ffn_norm"), width)?,
            gate_up: self.matrix(index, &[("ffn_gate", feed_forward), ("ffn_up", feed_forward)], width)?,
            down: self.matrix(index, &[("ffn_down", width)], feed_forward)?,
            gated: if kind == DecoderKind::Gemma3 { vector::gated_gelu } else { vector::gated_swish },
            post_feed_forward_norm: optional("post_ffw_norm", width, normalises_outputs)?,
            epsilon,
        })
    }

    /// Linear layers `[outputs, columns]` of a block, stacked.
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
