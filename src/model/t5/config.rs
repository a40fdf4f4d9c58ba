//! `config.json` and `generation_config.json` of a T5 or an mT5, as Transformers writes them: read, and refused where they
//! ask for something that this network does not do.

use serde::Deserialize;
use serde_json::Value;

use super::super::ModelError;

/// Most positions of a source and of an answer, where `config.json` has no bound: what the models were trained with. Their
/// distances would carry further.
const POSITIONS: usize = 512;

/// Longest [`T5Config::prefix`] in bytes.
const MAX_PREFIX: usize = 100;
/// Hypotheses that are kept where nothing is said of it: what mT5 XL-Sum and its like are published with.
const BEAM_SIZE: usize = 4;

/// What lies between the two layers of a feed-forward network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum FeedForwardKind {
    /// The first T5's.
    #[serde(rename = "relu")]
    Relu,
    /// That of T5 1.1 and mT5: GELU in its tanh form, times another product (Shazeer 2020).
    #[serde(rename = "gated-gelu")]
    GatedGelu,
}

/// How far keys are from queries, in classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// Number of classes.
    pub count: usize,
    /// Distance from which on all are one class.
    pub most: usize,
}

/// What a T5 is like.
#[derive(Debug, Clone, PartialEq)]
pub struct T5Config {
    /// Width of a token between the layers.
    pub width: usize,
    /// Heads of attention.
    pub heads: usize,
    /// Width of a head, whatever the width of a token.
    pub head_dim: usize,
    /// Width inside the feed-forward networks.
    pub feed_forward: usize,
    pub feed_forward_kind: FeedForwardKind,
    pub encoder_layers: usize,
    pub decoder_layers: usize,
    pub vocabulary: usize,
    pub buckets: Buckets,
    /// Positions that a source may have, its end included, and an answer.
    pub positions: usize,
    /// Added to the mean square in normalisations.
    pub epsilon: f32,
    /// Whether the embedding may stand in for the output projection.
    pub tied_output: bool,
    /// Whether what the output projection reads is divided by the root of the width.
    pub scale_output: bool,
    /// What the decoder reads first; `<pad>` in all published models.
    pub start: u32,
    /// What ends a text.
    pub end: u32,
    /// What must not be written: the start token and `<pad>`.
    pub forbidden: Vec<u32>,
    /// Most tokens of an answer, its end included.
    pub longest_output: usize,
    /// Hypotheses that are best kept.
    pub beam_size: usize,
    /// Whether a beam search is over as soon as the beam is full of ended hypotheses.
    pub early_stopping: bool,
    /// So many tokens in a row must not occur twice in an answer; `None`: any may.
    pub no_repeat_ngram: Option<usize>,
    /// The power of a hypothesis' length by which its log-probability is divided.
    pub length_penalty: f32,
    /// Whether it was trained on many languages, or on English alone.
    pub many_languages: bool,
    /// What stands before a text that is to be summarised, where the model does other things as well.
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
    /// The first T5 has none.
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

/// What either file says of searches; an older `config.json` does.
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
    /// Reads the two files; the second one where there is one.
    pub fn parse(config: &str, generation: Option<&str>) -> Result<Self, ModelError> {
        let syntax = |name: &'static str| {
            move |error: serde_json::Error| ModelError::Format(format!("{name} cannot be read: {error}"))
        };
        let file: File = serde_json::from_str(config).map_err(syntax("config.json"))?;
        let later: GenerationFile = generation
            .map_or(Ok(GenerationFile::default()), serde_json::from_str)
            .map_err(syntax("generation_config.json"))?;
        let wrong = |what: &str| ModelError::Format(format!("config.json has {what}"));
        let many_languages = match &*file.model_type {
            "t5" => false,
            "mt5" => true,
            other => return Err(wrong(&format!("the model type {other:?}, not t5 or mt5"))),
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
            return Err(wrong(&format!("{size} as {name}, which must lie between 1 and {most}")));
        }
        let buckets = Buckets {
            count: file.relative_attention_num_buckets,
            most: file.relative_attention_max_distance,
        };
        // The encoder has half of them for each side, and half of these are for single distances.
        if !(4..=1 << 10).contains(&buckets.count)
            || !(buckets.count / 2 + 1..=1 << 20).contains(&buckets.most)
        {
            return Err(wrong("a number of buckets and a largest distance that do not go together"));
        }
        if !(file.layer_norm_epsilon > 0.0 && file.layer_norm_epsilon < 1.0) {
            return Err(wrong("a layer_norm_epsilon that is none"));
        }
        let start = later.decoder_start_token_id.or(file.decoder_start_token_id).unwrap_or(file.pad_token_id);
        let end = later.eos_token_id.or(file.eos_token_id).unwrap_or(1);
        if [start, end, file.pad_token_id].iter().any(|token| *token as usize >= file.vocab_size) {
            return Err(wrong("special tokens outside its vocabulary"));
        }
        if end == start || end == file.pad_token_id {
            return Err(wrong("a token that ends a text and is forbidden"));
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
            // Transformers scales no mT5, whatever its file says of ties.
            scale_output: file.scale_decoder_outputs.unwrap_or(tied) && !many_languages,
            start,
            end,
            forbidden,
            // The token that the decoder starts from counts.
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
    fn what_the_network_does_not_do_is_refused() {
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
    fn a_tie_says_how_outputs_are_scaled() {
        let small =
            r#""d_model": 64, "d_kv": 32, "d_ff": 64, "num_layers": 1, "num_heads": 2, "vocab_size": 99"#;
        let traits = |rest: &str| {
            let config = T5Config::parse(&format!("{{{small}, {rest}}}"), None).unwrap();
            (config.tied_output, config.scale_output)
        };
        assert_eq!(traits(r#""model_type": "t5""#), (true, true));
        assert_eq!(traits(r#""model_type": "t5", "tie_word_embeddings": false"#), (false, false));
        assert_eq!(traits(r#""model_type": "mt5""#), (false, false));
        // As the fifth version of Transformers writes T5 1.1 and mT5.
        let rewritten = r#""tie_word_embeddings": true, "scale_decoder_outputs": false"#;
        assert_eq!(traits(&format!(r#""model_type": "t5", {rewritten}"#)), (true, false));
        assert_eq!(traits(r#""model_type": "mt5", "tie_word_embeddings": true"#), (true, false));
    }

    #[test]
    fn the_generation_configuration_goes_first() {
        let generation = r#"{"max_length": 100, "no_repeat_ngram_size": 3, "early_stopping": true}"#;
        let config = T5Config::parse(CONFIG, Some(generation)).unwrap();
        assert_eq!((config.longest_output, config.early_stopping), (99, true));
        assert_eq!((config.no_repeat_ngram, config.positions), (Some(3), 512));
        // Older models have it all in one file.
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
