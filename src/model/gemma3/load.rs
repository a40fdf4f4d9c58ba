//! From a GGUF file to a network.
//!
//! Q8_0 and Q5_0 weights reach the 8-bit kernels unchanged (both have one scale for 32 weights, and the grid of Q5_0 is
//! part of Q8_0's); Q4_K and Q6_K are put on the 8-bit grid, whose error is small beside their own.

use std::{io::Cursor, sync::Arc};

use candle_core::{
    Device,
    quantized::{
        GgmlDType, QTensor,
        gguf_file::{Content, Value},
    },
};
use memmap2::Mmap;
use slab::Slab;

use super::{
    super::{ModelError, int8::Int8Matrix},
    Block, Gemma3, Gemma3Config,
    attention::{Attention, Rope},
    output::{Embedding, Projection},
};

/// Every sixth block is global.
const PATTERN: usize = 6;
/// Base of the rotary frequencies of local blocks; the file names only the global one.
const LOCAL_ROPE_BASE: f32 = 10_000.0;

struct File<'a> {
    bytes: Cursor<&'a [u8]>,
    content: &'a Content,
}

pub(super) fn network(file: Arc<Mmap>, content: &Content) -> Result<Gemma3, ModelError> {
    let config = config(content)?;
    let mut weights = File { bytes: Cursor::new(&file[..]), content };
    let blocks = (0..config.blocks).map(|index| weights.block(index, &config)).collect::<Result<_, _>>()?;
    let output_norm = weights.vector("output_norm.weight", config.width)?;
    let embedding = weights.embedding(&file, config.width)?;
    Ok(Gemma3 {
        embedding,
        blocks,
        ropes: [LOCAL_ROPE_BASE, config.rope_base].map(|base| Rope::new(config.head_dim, base)),
        output_norm,
        projection: Projection::default(),
        prefixes: Slab::new(),
        rows: Slab::new(),
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

impl File<'_> {
    fn block(&mut self, index: usize, config: &Gemma3Config) -> Result<Block, ModelError> {
        let Gemma3Config { width, feed_forward, heads, kv_heads, head_dim, .. } = *config;
        let global = (index + 1).is_multiple_of(PATTERN);
        let name = |part: &str| format!("blk.{index}.{part}.weight");
        Ok(Block {
            global,
            attention_norm: self.vector(&name("attn_norm"), width)?,
            qkv: self.matrix(
                &[
                    (&name("attn_q"), heads * head_dim),
                    (&name("attn_k"), kv_heads * head_dim),
                    (&name("attn_v"), kv_heads * head_dim),
                ],
                width,
            )?,
            attention: Attention {
                heads,
                kv_heads,
                head_dim,
                window: (!global).then_some(config.window),
                query_norm: self.vector(&name("attn_q_norm"), head_dim)?,
                key_norm: self.vector(&name("attn_k_norm"), head_dim)?,
                epsilon: config.epsilon,
            },
            attention_output: self.matrix(&[(&name("attn_output"), width)], heads * head_dim)?,
            post_attention_norm: self.vector(&name("post_attention_norm"), width)?,
            feed_forward_norm: self.vector(&name("ffn_norm"), width)?,
            gate_up: self
                .matrix(&[(&name("ffn_gate"), feed_forward), (&name("ffn_up"), feed_forward)], width)?,
            down: self.matrix(&[(&name("ffn_down"), width)], feed_forward)?,
            post_feed_forward_norm: self.vector(&name("post_ffw_norm"), width)?,
        })
    }

    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<QTensor, ModelError> {
        let tensor = self.content.tensor(&mut self.bytes, name, &Device::Cpu)?;
        if tensor.shape().dims() != shape {
            return Err(ModelError::Format(format!(
                "{name} has the shape {:?}, not {shape:?}",
                tensor.shape()
            )));
        }
        Ok(tensor)
    }

    fn vector(&mut self, name: &str, length: usize) -> Result<Vec<f32>, ModelError> {
        Ok(self.tensor(name, &[length])?.dequantize(&Device::Cpu)?.to_vec1()?)
    }

    /// Matrices `[outputs, columns]`, one below the other.
    fn matrix(&mut self, parts: &[(&str, usize)], columns: usize) -> Result<Int8Matrix, ModelError> {
        let mut joined = Vec::new();
        for (name, outputs) in parts {
            let tensor = self.tensor(name, &[*outputs, columns])?;
            let levels = match tensor.dtype() {
                GgmlDType::Q5_0 => 16.0,
                _ => 127.0,
            };
            let weights = tensor.dequantize(&Device::Cpu)?.flatten_all()?.to_vec1::<f32>()?;
            joined.push((weights, levels));
        }
        Int8Matrix::quantise(&joined, columns)
            .ok_or_else(|| ModelError::Format(format!("rows of {columns} weights cannot be cut into blocks")))
    }

    fn embedding(&self, file: &Arc<Mmap>, width: usize) -> Result<Embedding, ModelError> {
        let name = "token_embd.weight";
        let info = self
            .content
            .tensor_infos
            .get(name)
            .ok_or_else(|| ModelError::Format(format!("{name} is missing")))?;
        let (tokens, columns) = info.shape.dims2()?;
        if info.ggml_dtype != GgmlDType::Q8_0 || columns != width {
            return Err(ModelError::Format(format!("{name} is not Q8_0 of width {width}")));
        }
        let start = self.content.tensor_data_offset.checked_add(info.offset);
        let start = start.and_then(|start| usize::try_from(start).ok());
        let start = start.ok_or_else(|| ModelError::Format(format!("{name} lies outside the file")))?;
        Embedding::new(Arc::clone(file), start, tokens, width)
    }
}
