//! Reads `config.json` and `generation_config.json` of a T5 or an mT5, as Transformers writes them, and refuses settings that
//! this network does not support.

use serde::Deserialize;
use serde_json::Value;

use super::super::ModelError;

/// The most positions of a source and of an output if `config.json` has no limit: the length in training. Relative positions
/// would allow more.
const POSITIONS: usize = 512;

/// The longest [`T5Config::prefix`] in bytes.
const MAX_PREFIX: usize = 100;
/// Beam size if the files name none: that of mT5 XL-Sum and similar published models.
const BEAM_SIZE: usize = 4;

/// The activation of the feed-forward networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum FeedForwardKind {
    /// ReLU, as in the first T5.
    #[serde(rename = "relu")]
    Relu,
    /// Gated GELU in its tanh form, as in T5 1.1 and mT5 (Shazeer 2020).
    #[serde(rename = "gated-gelu")]
    GatedGelu,
}

/// The buckets of relative positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// Number of buckets.
    pub count: usize,
    /// All distances from here on share a bucket.
    pub max_distance: usize,
}

/// The sizes and settings of a T5.
#[derive(Debug, Clone, PartialEq)]
pub struct T5Config {
    /// Width of a token between the layers.
    pub width: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width of a head, independent of the width of a token.
    pub head_dim: usize,
    /// Width inside the feed-forward networks.
    pub feed_forward: usize,
    pub feed_forward_kind: FeedForwardKind,
    pub encoder_layers: usize,
    pub decoder_layers: usize,
    pub vocabulary: usize,
    pub buckets: Buckets,
    /// The most positions of a source, with its end token, and of an output.
    pub positions: usize,
    /// Added to the mean square in normalisations.
    pub epsilon: f32,
    /// Whether the embedding is the output projection, unless the checkpoint has one.
    pub tied_output: bool,
    /// Whether the input of the output projection is divided by the square root of the width.
    pub scale_output: bool,
    /// The first token that the decoder reads; `<pad>` in all published models.
    pub start: u32,
    /// The token that ends a text.
    pub end: u32,
    /// Tokens that are never generated: the start token and `<pad>`.
    pub forbidden: Vec<u32>,
    /// The most tokens of an output, with its end token.
    pub longest_output: usize,
    /// The recommended beam size.
    pub beam_size: usize,
    /// Whether a beam search ends as soon as the beam is full of finished hypotheses.
    pub early_stopping: bool,
    /// Length of the n-grams that must not occur twice in an output; `None`: no limit.
    pub no_repeat_ngram: Option<usize>,
    /// A log-probability is divided by this power of the hypothesis' length.
    pub length_penalty: f32,
    /// Whether it was trained on many languages, and not only on English.
    pub many_languages: bool,
    /// The prefix of a text to summarise, if the model has several tasks.
    pub prefix: Option<String>,
}

#[derive(Deserialize)]
struct File {
    model_type: String,
    d_model: usize,
    d_kv: usize,
    d_ff: usize,
    num_layers: usize,
    num_decoder_layers: Option<usize>,
    num_heads: usize,
    vocab_size: usize,
    #[serde(default = "buckets")]
    relative_attention_num_buckets: usize,
    #[serde(default = "most_distance")]
    relative_attention_max_distance: usize,
    /// Absent in the first T5.
    feed_forward_proj: Option<FeedForwardKind>,
    #[serde(default = "epsilon")]
    layer_norm_epsilon: f32,
    n_positions: Option<usize>,
    tie_word_embeddings: Option<bool>,
    scale_decoder_outputs: Option<bool>,
    #[serde(default)]
    pad_token_id: u32,
    eos_token_id: Option<u32>,
    decoder_start_token_id: Option<u32>,
    #[serde(default)]
    task_specific_params: Tasks,
    #[serde(flatten)]
    generation: Generation,
}

#[derive(Default, Deserialize)]
struct Tasks {
    #[serde(default)]
    summarization: Task,
}

#[derive(Default, Deserialize)]
struct Task {
    prefix: Option<String>,
}

/// The search settings, which are in either file; in older models in `config.json`.
#[derive(Default, Deserialize)]
struct Generation {
    max_length: Option<usize>,
    no_repeat_ngram_size: Option<usize>,
    length_penalty: Option<f32>,
    num_beams: Option<usize>,
    /// `true`, `false` or "never".
    #[serde(default)]
    early_stopping: Option<Value>,
}

#[derive(Default, Deserialize)]
struct GenerationFile {
    decoder_start_token_id: Option<u32>,
    eos_token_id: Option<u32>,
    #[serde(flatten)]
    generation: Generation,
}

fn buckets() -> usize {
    32
}

fn most_distance() -> usize {
    128
}

fn epsilon() -> f32 {
    1e-6
}

impl T5Config {
    /// Parses the two files; the second is optional.
    pub fn parse(config: &str, generation: Option<&str>) -> Result<Self, ModelError> {
        let syntax = |name: &'static str| {
            move |error: serde_json::Error| ModelError::Format(format!("cannot read {name}: {error}"))
        };
        let file: File = serde_json::from_str(config).map_err(syntax("config.json"))?;
        let later: GenerationFile = generation
            .map_or(Ok(GenerationFile::default()), serde_json::from_str)
            .map_err(syntax("generation_config.json"))?;
        let wrong = |what: &str| ModelError::Format(format!("config.json has {what}"));
        let many_languages = match &*file.model_type {
            "t5" => false,
            "mt5" => true,
            other => return Err(wrong(&format!("the model type {other:?} instead of t5 or mt5"))),
        };
        let decoder_layers = file.num_decoder_layers.unwrap_or(file.num_layers);
        let positions = file.n_positions.unwrap_or(POSITIONS);
        let sizes = [
            (file.d_model, 1 << 13, "d_model"),
            (file.d_kv, 1 << 10, "d_kv"),
            (file.d_ff, 1 << 17, "d_ff"),
            (file.num_layers, 64, "num_layers"),
            (decoder_layers, 64, "num_decoder_layers"),
            (file.num_heads, 128, "num_heads"),
            (file.vocab_size, 1 << 20, "vocab_size"),
            (positions, 1 << 14, "n_positions"),
        ];
        if let Some((size, most, name)) = sizes.iter().find(|(size, most, _)| !(1..=*most).contains(size)) {
            return Err(wrong(&format!("{name} = {size}, which must be between 1 and {most}")));
        }
        let buckets = Buckets {
            count: file.relative_attention_num_buckets,
            max_distance: file.relative_attention_max_distance,
        };
        // The encoder uses half of the buckets for each side, and half of these for single distances.
        if !(4..=1 << 10).contains(&buckets.count)
            || !(buckets.count / 2 + 1..=1 << 20).contains(&buckets.max_distance)
        {
            return Err(wrong(
                "relative_attention_num_buckets and relative_attention_max_distance that do not fit together",
            ));
        }
        if !(file.layer_norm_epsilon > 0.0 && file.layer_norm_epsilon < 1.0) {
            return Err(wrong("a layer_norm_epsilon that is not between 0 and 1"));
        }
        let start = later.decoder_start_token_id.or(file.decoder_start_token_id).unwrap_or(file.pad_token_id);
        let end = later.eos_token_id.or(file.eos_token_id).unwrap_or(1);
        if [start, end, file.pad_token_id].iter().any(|token| *token as usize >= file.vocab_size) {
            return Err(wrong("special tokens outside the vocabulary"));
        }
        if end == start || end == file.pad_token_id {
            return Err(wrong("an end token that is also the start token or <pad>"));
        }
        let mut forbidden = vec![start, file.pad_token_id];
        forbidden.sort_unstable();
        forbidden.dedup();
        let generation = later.generation;
        let longest_output = generation.max_length.or(file.generation.max_length).unwrap_or(positions);
        let no_repeat = generation.no_repeat_ngram_size.or(file.generation.no_repeat_ngram_size);
        let penalty = generation.length_penalty.or(file.generation.length_penalty);
        let beam_size = generation.num_beams.or(file.generation.num_beams);
        let early_stopping = generation.early_stopping.or(file.generation.early_stopping);
        let tied = file.tie_word_embeddings.unwrap_or(!many_languages);
        Ok(Self {
            width: file.d_model,
            heads: file.num_heads,
            head_dim: file.d_kv,
            feed_forward: file.d_ff,
            feed_forward_kind: file.feed_forward_proj.unwrap_or(FeedForwardKind::Relu),
            encoder_layers: file.num_layers,
            decoder_layers,
            vocabulary: file.vocab_size,
            buckets,
            positions,
            epsilon: file.layer_norm_epsilon,
            tied_output: tied,
            // Transformers never scales an mT5.
            scale_output: file.scale_decoder_outputs.unwrap_or(tied) && !many_languages,
            start,
            end,
            forbidden,
            // `max_length` counts the start token.
            longest_output: longest_output.clamp(2, positions.max(2)) - 1,
            beam_size: beam_size.unwrap_or(BEAM_SIZE),
            early_stopping: early_stopping == Some(Value::Bool(true)),
            no_repeat_ngram: no_repeat.filter(|length| *length > 0),
            many_languages,
            prefix: file
                .task_specific_params
                .summarization
                .prefix
                .filter(|prefix| prefix.len() <= MAX_PREFIX),
            length_penalty: penalty.filter(|power| power.is_finite()).unwrap_or(1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = include_str!("../../../tests/reference/mt5-tiny/config.json");

    #[test]
    fn unsupported_settings_are_refused() {
        assert!(T5Config::parse(CONFIG, None).is_ok());
        let mut config: serde_json::Map<String, Value> = serde_json::from_str(CONFIG).unwrap();
        let mut refused = |key: &str, value: Value| {
            let before = config.insert(key.to_owned(), value);
            let result = T5Config::parse(&serde_json::to_string(&config).unwrap(), None);
            match before {
                Some(before) => config.insert(key.to_owned(), before),
                None => config.remove(key),
            };
            assert!(result.is_err(), "{key}");
        };
        refused("model_type", "marian".into());
        refused("feed_forward_proj", "gated-silu".into());
        refused("d_kv", 0.into());
        refused("d_model", 1_000_000.into());
        refused("num_layers", 1_000_000.into());
        refused("n_positions", 1_000_000_000.into());
        refused("relative_attention_num_buckets", 3.into());
        refused("relative_attention_num_buckets", 1_000_000.into());
        refused("relative_attention_max_distance", 16.into());
        refused("layer_norm_epsilon", 0.into());
        refused("eos_token_id", 1_000_000.into());
        refused("eos_token_id", 0.into());
        refused("pad_token_id", 1_000_000.into());
    }

    #[test]
    fn tied_outputs_are_scaled_by_default() {
        let small =
            r#""d_model": 64, "d_kv": 32, "d_ff": 64, "num_layers": 1, "num_heads": 2, "vocab_size": 99"#;
        let traits = |rest: &str| {
            let config = T5Config::parse(&format!("{{{small}, {rest}}}"), None).unwrap();
            (config.tied_output, config.scale_output)
        };
        assert_eq!(traits(r#""model_type": "t5""#), (true, true));
        assert_eq!(traits(r#""model_type": "t5", "tie_word_embeddings": false"#), (false, false));
        assert_eq!(traits(r#""model_type": "mt5""#), (false, false));
        // Transformers 5 writes T5 1.1 and mT5 like this.
        let rewritten = r#""tie_word_embeddings": true, "scale_decoder_outputs": false"#;
        assert_eq!(traits(&format!(r#""model_type": "t5", {rewritten}"#)), (true, false));
        assert_eq!(traits(r#""model_type": "mt5", "tie_word_embeddings": true"#), (true, false));
    }

    #[test]
    fn the_generation_configuration_has_precedence() {
        let generation = r#"{"max_length": 100, "no_repeat_ngram_size": 3, "early_stopping": true}"#;
        let config = T5Config::parse(CONFIG, Some(generation)).unwrap();
        assert_eq!((config.longest_output, config.early_stopping), (99, true));
        assert_eq!((config.no_repeat_ngram, config.positions), (Some(3), 512));
        // Older models have all settings in one file.
        let older = CONFIG.replacen(
            '{',
            r#"{"max_length": 84, "no_repeat_ngram_size": 2, "length_penalty": 0.6,"#,
            1,
        );
        let config = T5Config::parse(&older, None).unwrap();
        assert_eq!(
            (config.longest_output, config.no_repeat_ngram, config.length_penalty),
            (83, Some(2), 0.6)
        );
    }
}
