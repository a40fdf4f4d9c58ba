//! Parses `config.json` and `generation_config.json` of a Marian model, as Transformers writes them. Rejects settings that this
//! network does not implement.

use serde::Deserialize;
use serde_json::Value;

use super::super::{ModelError, post_norm::Activation};

/// Sizes of the encoder or of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackConfig {
    pub layers: usize,
    /// Attention heads; divides the width.
    pub heads: usize,
    /// Inner width of the feed-forward network.
    pub feed_forward: usize,
}

/// The configuration of a Marian model.
#[derive(Debug, Clone, PartialEq)]
pub struct MarianConfig {
    /// Size of a token's hidden state.
    pub width: usize,
    pub encoder: StackConfig,
    pub decoder: StackConfig,
    pub source_vocabulary: usize,
    pub target_vocabulary: usize,
    /// Most tokens of a sentence, including its end token.
    pub positions: usize,
    pub activation: Activation,
    /// Whether embeddings are multiplied by the square root of the width.
    pub scale_embedding: bool,
    /// Whether source and target share one embedding.
    pub shared_embedding: bool,
    /// Whether the output projection is tied to the target embedding.
    pub tied_output: bool,
    /// The decoder's start token; `<pad>` in all published models.
    pub start: u32,
    /// The end token of a sentence.
    pub end: u32,
    /// Tokens that are never generated: the start token, `<pad>`, and `bad_words_ids` of a single token; in ascending order.
    pub forbidden: Vec<u32>,
    /// Longest output in tokens, including its end token.
    pub longest_output: usize,
    /// Recommended number of hypotheses in the beam.
    pub beam_size: usize,
    /// Whether beam search stops as soon as the beam holds only finished hypotheses.
    pub early_stopping: bool,
    /// Exponent of a hypothesis' length, by which its log-probability is divided.
    pub length_penalty: f32,
}

#[derive(Deserialize)]
struct File {
    model_type: String,
    d_model: usize,
    encoder_layers: usize,
    encoder_attention_heads: usize,
    encoder_ffn_dim: usize,
    decoder_layers: usize,
    decoder_attention_heads: usize,
    decoder_ffn_dim: usize,
    vocab_size: usize,
    decoder_vocab_size: Option<usize>,
    max_position_embeddings: usize,
    activation_function: Activation,
    #[serde(default)]
    scale_embedding: bool,
    #[serde(default = "yes")]
    share_encoder_decoder_embeddings: bool,
    #[serde(default = "yes")]
    tie_word_embeddings: bool,
    pad_token_id: u32,
    #[serde(default)]
    eos_token_id: u32,
    decoder_start_token_id: Option<u32>,
    #[serde(default)]
    normalize_before: bool,
    #[serde(default)]
    normalize_embedding: bool,
    #[serde(default)]
    add_final_layer_norm: bool,
    #[serde(default = "yes")]
    static_position_embeddings: bool,
    max_length: Option<usize>,
    bad_words_ids: Option<Value>,
    num_beams: Option<usize>,
}

#[derive(Default, Deserialize)]
struct Generation {
    decoder_start_token_id: Option<u32>,
    eos_token_id: Option<u32>,
    max_length: Option<usize>,
    bad_words_ids: Option<Value>,
    num_beams: Option<usize>,
    /// `true`, `false` or "never".
    #[serde(default)]
    early_stopping: Value,
    length_penalty: Option<f32>,
}

fn yes() -> bool {
    true
}

impl MarianConfig {
    /// Parses the two files; the second one is optional.
    pub fn parse(config: &str, generation: Option<&str>) -> Result<Self, ModelError> {
        let syntax = |name: &'static str| {
            move |error: serde_json::Error| ModelError::Format(format!("cannot parse {name}: {error}"))
        };
        let file: File = serde_json::from_str(config).map_err(syntax("config.json"))?;
        let generation: Generation = generation
            .map_or(Ok(Generation::default()), serde_json::from_str)
            .map_err(syntax("generation_config.json"))?;
        let wrong = |what: &str| ModelError::Format(format!("config.json has {what}"));
        if file.model_type != "marian" {
            return Err(wrong(&format!("the model type {:?}, not marian", file.model_type)));
        }
        let other = [
            (file.normalize_before, "normalize_before"),
            (file.normalize_embedding, "normalize_embedding"),
            (file.add_final_layer_norm, "add_final_layer_norm"),
            (!file.static_position_embeddings, "learned positions"),
        ];
        if let Some((_, what)) = other.iter().find(|(other, _)| *other) {
            return Err(wrong(&format!("{what}, which is not supported")));
        }
        let target_vocabulary = file.decoder_vocab_size.unwrap_or(file.vocab_size);
        let sizes = [
            (file.d_model, 1 << 13, "d_model"),
            (file.encoder_layers, 64, "encoder_layers"),
            (file.encoder_attention_heads, 128, "encoder_attention_heads"),
            (file.encoder_ffn_dim, 1 << 16, "encoder_ffn_dim"),
            (file.decoder_layers, 64, "decoder_layers"),
            (file.decoder_attention_heads, 128, "decoder_attention_heads"),
            (file.decoder_ffn_dim, 1 << 16, "decoder_ffn_dim"),
            (file.vocab_size, 1 << 20, "vocab_size"),
            (target_vocabulary, 1 << 20, "decoder_vocab_size"),
            (file.max_position_embeddings, 1 << 14, "max_position_embeddings"),
        ];
        if let Some((size, most, name)) = sizes.iter().find(|(size, most, _)| !(1..=*most).contains(size)) {
            return Err(wrong(&format!("{name}: {size}, which must be between 1 and {most}")));
        }
        if !file.d_model.is_multiple_of(file.encoder_attention_heads)
            || !file.d_model.is_multiple_of(file.decoder_attention_heads)
        {
            return Err(wrong("a d_model that is not a multiple of its heads"));
        }
        let start = generation.decoder_start_token_id.or(file.decoder_start_token_id);
        let start = start.unwrap_or(file.pad_token_id);
        let end = generation.eos_token_id.unwrap_or(file.eos_token_id);
        let mut forbidden = single_tokens(&file.bad_words_ids);
        forbidden.extend(single_tokens(&generation.bad_words_ids));
        forbidden.extend([start, file.pad_token_id]);
        forbidden.sort_unstable();
        forbidden.dedup();
        if start as usize >= target_vocabulary || end as usize >= target_vocabulary.min(file.vocab_size) {
            return Err(wrong("special tokens outside its vocabulary"));
        }
        if forbidden.contains(&end) {
            return Err(wrong("an end token that is also in bad_words_ids or is the start or pad token"));
        }
        let longest_output =
            generation.max_length.or(file.max_length).unwrap_or(file.max_position_embeddings);
        Ok(Self {
            width: file.d_model,
            encoder: StackConfig {
                layers: file.encoder_layers,
                heads: file.encoder_attention_heads,
                feed_forward: file.encoder_ffn_dim,
            },
            decoder: StackConfig {
                layers: file.decoder_layers,
                heads: file.decoder_attention_heads,
                feed_forward: file.decoder_ffn_dim,
            },
            source_vocabulary: file.vocab_size,
            target_vocabulary,
            positions: file.max_position_embeddings,
            activation: file.activation_function,
            scale_embedding: file.scale_embedding,
            shared_embedding: file.share_encoder_decoder_embeddings,
            tied_output: file.tie_word_embeddings,
            start,
            end,
            forbidden,
            // `max_length` counts the start token.
            longest_output: longest_output.clamp(2, file.max_position_embeddings.max(2)) - 1,
            beam_size: generation.num_beams.or(file.num_beams).unwrap_or(1),
            early_stopping: generation.early_stopping == Value::Bool(true),
            length_penalty: generation.length_penalty.filter(|power| power.is_finite()).unwrap_or(1.0),
        })
    }
}

/// The tokens of those forbidden sequences that consist of a single token.
fn single_tokens(sequences: &Option<Value>) -> Vec<u32> {
    let sequences = sequences.as_ref().and_then(Value::as_array).into_iter().flatten();
    let single = |sequence: &Value| match sequence.as_array()?.as_slice() {
        [token] => u32::try_from(token.as_u64()?).ok(),
        _ => None,
    };
    sequences.filter_map(single).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = include_str!("../../../tests/reference/marian-tiny/config.json");

    #[test]
    fn unsupported_settings_are_rejected() {
        assert!(MarianConfig::parse(CONFIG, None).is_ok());
        let mut config: serde_json::Map<String, Value> = serde_json::from_str(CONFIG).unwrap();
        let mut refused = |key: &str, value: Value| {
            let before = config.insert(key.to_owned(), value);
            let result = MarianConfig::parse(&serde_json::to_string(&config).unwrap(), None);
            match before {
                Some(before) => config.insert(key.to_owned(), before),
                None => config.remove(key),
            };
            assert!(result.is_err(), "{key}");
        };
        refused("model_type", "bart".into());
        refused("normalize_before", true.into());
        refused("activation_function", "tanh".into());
        refused("d_model", 0.into());
        refused("d_model", 130.into());
        refused("encoder_layers", 1_000_000.into());
        refused("eos_token_id", 1_000_000.into());
        refused("bad_words_ids", serde_json::json!([[0]]));
    }

    #[test]
    fn the_generation_configuration_takes_precedence() {
        let generation = r#"{"max_length": 100, "bad_words_ids": [[7], [8, 9]], "early_stopping": true,
            "length_penalty": 0.6, "num_beams": 6}"#;
        let config = MarianConfig::parse(CONFIG, Some(generation)).unwrap();
        assert_eq!((config.longest_output, config.early_stopping, config.length_penalty), (99, true, 0.6));
        assert_eq!(config.beam_size, 6);
        assert!(config.forbidden.contains(&7) && !config.forbidden.contains(&8));
        assert!(config.forbidden.contains(&config.start));
    }
}
