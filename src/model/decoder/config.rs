//! The kind and the sizes of the decoder in a GGUF file: Gemma 3, Llama, Qwen 2 or Qwen 3. One network covers all kinds; each
//! kind omits some parts.

use candle_core::quantized::gguf_file::Content;

use super::super::ModelError;

/// Every sixth block of Gemma 3 is global.
const PATTERN: usize = 6;
/// Default base of the rotary frequencies. It applies to the local blocks of Gemma 3, whose files name only the global base,
/// and to the first Llamas.
const ROPE_BASE: f32 = 10_000.0;
/// Number of blocks of the largest Gemma 3, which identifies it; llama.cpp uses the same sign.
const LARGEST_GEMMA3: usize = 62;

/// A kind of decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecoderKind {
    Gemma3,
    Llama,
    Qwen2,
    Qwen3,
}

/// The sizes of a decoder, from the file's metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct DecoderConfig {
    pub kind: DecoderKind,
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
    /// Number of positions in training.
    pub positions: usize,
    /// Number of keys that a token attends to in a local block, its own included; `None`: all blocks are global.
    pub window: Option<usize>,
    /// Base of the rotary frequencies of global blocks.
    pub rope_base: f32,
    /// Divisor of these frequencies: above 1 in models that were extended to longer texts, such as Gemma 3 from 4 billion
    /// weights on.
    pub rope_factor: f32,
    /// Added to the mean square in normalisations.
    pub epsilon: f32,
}

impl DecoderKind {
    /// The kind with this name in GGUF.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "gemma3" => Some(Self::Gemma3),
            "llama" => Some(Self::Llama),
            "qwen2" => Some(Self::Qwen2),
            "qwen3" => Some(Self::Qwen3),
            _ => None,
        }
    }

    /// Whether adjacent values of a head rotate together instead of its halves. llama.cpp's converter orders Llama's queries
    /// and keys for this.
    pub(super) fn rotates_adjacent(self) -> bool {
        self == Self::Llama
    }

    /// The factor of token embeddings.
    pub(super) fn embedding_scale(self, width: usize) -> f32 {
        if self == Self::Gemma3 { (width as f32).sqrt() } else { 1.0 }
    }
}

impl DecoderConfig {
    /// Reads the sizes, and checks that this code supports the network.
    pub fn from_gguf(content: &Content) -> Result<Self, ModelError> {
        let value = |key: &str| {
            content.metadata.get(key).ok_or_else(|| ModelError::Format(format!("{key} is missing")))
        };
        let architecture = value("general.architecture")?.to_string()?;
        let kind = DecoderKind::from_name(architecture).ok_or_else(|| {
            ModelError::Format(format!("the architecture {architecture:?} is not supported"))
        })?;
        let name = |key: &str| format!("{architecture}.{key}");
        let wrong = |key: &str| ModelError::Format(format!("{} is out of range", name(key)));
        let size = |key: &str, most: u32| {
            let size = value(&name(key))?.to_u32()?;
            if (1..=most).contains(&size) { Ok(size as usize) } else { Err(wrong(key)) }
        };
        let optional = |key: &str, most: u32| {
            content.metadata.contains_key(&name(key)).then(|| size(key, most)).transpose()
        };
        let float = |key: &str| {
            let float = value(&name(key))?.to_f32()?;
            if float.is_finite() && float > 0.0 { Ok(float) } else { Err(wrong(key)) }
        };
        let optional_float =
            |key: &str| content.metadata.contains_key(&name(key)).then(|| float(key)).transpose();
        let scaling = match content.metadata.get(&name("rope.scaling.type")) {
            // llama.cpp's default.
            None => "linear",
            Some(kind) => kind.to_string()?,
        };
        let rope_factor = match scaling {
            "linear" => optional_float("rope.scaling.factor")?.unwrap_or(1.0),
            "none" => 1.0,
            _ => {
                return Err(ModelError::Format(
                    "this scaling of rotary positions is not supported".to_owned(),
                ));
            }
        };
        let (width, heads) = (size("embedding_length", 1 << 16)?, size("attention.head_count", 256)?);
        let head_dim = optional("attention.key_length", 4096)?.unwrap_or(width / heads);
        let window = match kind {
            DecoderKind::Gemma3 => Some(size("attention.sliding_window", 1 << 20)?),
            _ => None,
        };
        let config = Self {
            kind,
            blocks: size("block_count", 256)?,
            width,
            feed_forward: size("feed_forward_length", 1 << 18)?,
            heads,
            kv_heads: optional("attention.head_count_kv", 256)?.unwrap_or(heads),
            head_dim,
            positions: size("context_length", 1 << 24)?,
            window,
            rope_base: optional_float("rope.freq_base")?.unwrap_or(ROPE_BASE),
            rope_factor,
            epsilon: float("attention.layer_norm_rms_epsilon")?,
        };
        if !heads.is_multiple_of(config.kv_heads) || head_dim < 2 || !head_dim.is_multiple_of(2) {
            return Err(wrong("attention.head_count"));
        }
        if optional("attention.value_length", 4096)?.is_some_and(|length| length != head_dim) {
            return Err(wrong("attention.value_length"));
        }
        if optional("rope.dimension_count", 4096)?.is_some_and(|length| length != head_dim) {
            return Err(wrong("rope.dimension_count"));
        }
        if kind == DecoderKind::Gemma3 && config.blocks == LARGEST_GEMMA3 {
            return Err(ModelError::Format(
                "Gemma 3 with 27 billion weights is not supported, because it scales queries differently"
                    .to_owned(),
            ));
        }
        Ok(config)
    }

    /// Whether a block attends to all positions.
    pub(super) fn is_global(&self, index: usize) -> bool {
        self.window.is_none() || (index + 1).is_multiple_of(PATTERN)
    }

    /// Base and divisor of the rotary frequencies: of local blocks, of global blocks.
    pub(super) fn ropes(&self) -> [(f32, f32); 2] {
        [(ROPE_BASE, 1.0), (self.rope_base, self.rope_factor)]
    }
}
