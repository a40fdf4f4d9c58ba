//! Parses `special:model.yml`, the configuration that Marian writes into a model file. Rejects settings that this network does
//! not implement, since ignoring them would give wrong translations.

use serde::{Deserialize, de::IgnoredAny};

use super::{super::post_norm::Activation, ModelFileError};

/// The configuration of a student model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BergamotConfig {
    /// Size of a token's hidden state.
    pub width: usize,
    /// Heads per attention; divides the width.
    pub heads: usize,
    /// Inner width of the encoder's feed-forward networks.
    pub feed_forward: usize,
    /// Inner width of the decoder's feed-forward networks.
    pub decoder_feed_forward: usize,
    pub encoder_layers: usize,
    /// For each decoder layer, the layer whose weights it uses; counted from 1.
    pub decoder_layers: Vec<usize>,
    pub source_vocabulary: usize,
    pub target_vocabulary: usize,
    pub activation: Activation,
    /// Whether source and target share one embedding.
    pub shared_embedding: bool,
    /// Whether attention has an output projection.
    pub project: bool,
    /// Whether the output projection has a bias.
    pub output_bias: bool,
    /// The decoder layer whose cross-attention was trained with guided alignment; counted from 0.
    pub aligning_layer: usize,
}

/// The keys that affect the network. Defaults are Marian's.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    #[serde(rename = "type")]
    kind: String,
    dim_emb: usize,
    dim_vocabs: Vec<usize>,
    enc_depth: usize,
    dec_depth: usize,
    transformer_heads: usize,
    transformer_dim_ffn: usize,
    #[serde(default)]
    transformer_decoder_dim_ffn: usize,
    #[serde(default = "two")]
    transformer_ffn_depth: usize,
    #[serde(default)]
    transformer_decoder_ffn_depth: usize,
    #[serde(default = "swish")]
    transformer_ffn_activation: String,
    #[serde(default = "attention")]
    transformer_decoder_autoreg: String,
    #[serde(default)]
    dec_cell: String,
    #[serde(default)]
    transformer_preprocess: String,
    #[serde(default = "dan")]
    transformer_postprocess: String,
    #[serde(default)]
    transformer_postprocess_emb: String,
    #[serde(default)]
    transformer_postprocess_top: String,
    #[serde(default)]
    transformer_tied_layers: Vec<usize>,
    #[serde(default)]
    transformer_no_projection: bool,
    #[serde(default)]
    transformer_no_bias: bool,
    #[serde(default)]
    transformer_no_affine: bool,
    #[serde(default)]
    transformer_rnn_projection: bool,
    #[serde(default)]
    transformer_train_positions: bool,
    #[serde(default)]
    transformer_train_position_embeddings: bool,
    #[serde(default = "last")]
    transformer_guided_alignment_layer: String,
    #[serde(default)]
    layer_normalization: bool,
    #[serde(default)]
    tied_embeddings: bool,
    #[serde(default)]
    tied_embeddings_all: bool,
    #[serde(default)]
    tied_embeddings_src: bool,
    #[serde(default)]
    lemma_dim_emb: i64,
    #[serde(default)]
    lemma_dependency: String,
    #[serde(default)]
    factors_combine: String,
    #[serde(default)]
    ulr: bool,
    #[serde(default)]
    output_omit_bias: bool,
    #[serde(default)]
    output_approx_knn: Vec<IgnoredAny>,
    #[serde(default)]
    input_types: Vec<String>,
}

fn two() -> usize {
    2
}

fn swish() -> String {
    "swish".to_owned()
}

fn attention() -> String {
    "self-attention".to_owned()
}

fn dan() -> String {
    "dan".to_owned()
}

fn last() -> String {
    "last".to_owned()
}

impl BergamotConfig {
    /// Parses the configuration.
    ///
    /// # Errors
    /// [`ModelFileError::Config`] for invalid YAML or a missing key, [`ModelFileError::Unsupported`] for a value that this
    /// network does not implement, and [`ModelFileError::Size`] for a size out of range.
    pub fn parse(text: &str) -> Result<Self, ModelFileError> {
        let file: File =
            serde_saphyr::from_str(text).map_err(|error| ModelFileError::Config(error.to_string()))?;
        file.check()?;
        let activation = match file.transformer_ffn_activation.as_str() {
            "relu" => Activation::Relu,
            "swish" => Activation::Swish,
            "gelu" => Activation::Gelu,
            _ => return Err(unsupported("transformer-ffn-activation", &file.transformer_ffn_activation)),
        };
        let [source_vocabulary, target_vocabulary] = *file.dim_vocabs else {
            return Err(unsupported("dim-vocabs", &format!("{} sizes", file.dim_vocabs.len())));
        };
        let shared_embedding = file.tied_embeddings_all || file.tied_embeddings_src;
        let decoder_feed_forward = match file.transformer_decoder_dim_ffn {
            0 => file.transformer_dim_ffn,
            own => own,
        };
        let sizes = [
            (file.dim_emb, 1 << 12, "dim-emb"),
            (file.transformer_heads, 64, "transformer-heads"),
            (file.transformer_dim_ffn, 1 << 14, "transformer-dim-ffn"),
            (decoder_feed_forward, 1 << 14, "transformer-decoder-dim-ffn"),
            (file.enc_depth, 48, "enc-depth"),
            (file.dec_depth, 48, "dec-depth"),
            (source_vocabulary, 1 << 20, "dim-vocabs"),
            (target_vocabulary, 1 << 20, "dim-vocabs"),
        ];
        if let Some((size, most, key)) = sizes.into_iter().find(|(size, most, _)| !(1..=*most).contains(size))
        {
            return Err(ModelFileError::Size { key, size, most });
        }
        if !file.dim_emb.is_multiple_of(file.transformer_heads) || !file.dim_emb.is_multiple_of(2) {
            return Err(unsupported("transformer-heads", &file.transformer_heads.to_string()));
        }
        if shared_embedding && source_vocabulary != target_vocabulary {
            return Err(unsupported("tied-embeddings-all", "true for two vocabularies of different sizes"));
        }
        Ok(Self {
            width: file.dim_emb,
            heads: file.transformer_heads,
            feed_forward: file.transformer_dim_ffn,
            decoder_feed_forward,
            encoder_layers: file.enc_depth,
            decoder_layers: file.tied_layers()?,
            source_vocabulary,
            target_vocabulary,
            activation,
            shared_embedding,
            project: !file.transformer_no_projection,
            output_bias: !file.output_omit_bias,
            aligning_layer: file.aligning_layer()?,
        })
    }
}

impl File {
    /// Rejects values that this network does not implement, in keys that [`BergamotConfig`] does not store.
    fn check(&self) -> Result<(), ModelFileError> {
        let texts = [
            ("type", &self.kind, &["transformer"][..]),
            ("transformer-decoder-autoreg", &self.transformer_decoder_autoreg, &["rnn"]),
            ("dec-cell", &self.dec_cell, &["ssru"]),
            ("transformer-preprocess", &self.transformer_preprocess, &["", "d"]),
            ("transformer-postprocess", &self.transformer_postprocess, &["dan", "an"]),
            ("transformer-postprocess-emb", &self.transformer_postprocess_emb, &["d", ""]),
            ("transformer-postprocess-top", &self.transformer_postprocess_top, &["", "d"]),
            ("lemma-dependency", &self.lemma_dependency, &[""]),
            ("factors-combine", &self.factors_combine, &["", "sum"]),
        ];
        if let Some((key, value, _)) =
            texts.into_iter().find(|(_, value, known)| !known.contains(&value.as_str()))
        {
            return Err(unsupported(key, value));
        }
        let switches = [
            ("transformer-no-bias", self.transformer_no_bias),
            ("transformer-no-affine", self.transformer_no_affine),
            ("transformer-rnn-projection", self.transformer_rnn_projection),
            ("transformer-train-positions", self.transformer_train_positions),
            ("transformer-train-position-embeddings", self.transformer_train_position_embeddings),
            ("layer-normalization", self.layer_normalization),
            ("ulr", self.ulr),
        ];
        if let Some((key, _)) = switches.into_iter().find(|(_, on)| *on) {
            return Err(unsupported(key, "true"));
        }
        if !self.tied_embeddings && !self.tied_embeddings_all {
            return Err(unsupported("tied-embeddings", "false"));
        }
        let decoder_depth = match self.transformer_decoder_ffn_depth {
            0 => self.transformer_ffn_depth,
            own => own,
        };
        for (key, depth) in [
            ("transformer-ffn-depth", self.transformer_ffn_depth),
            ("transformer-decoder-ffn-depth", decoder_depth),
        ] {
            if depth != 2 {
                return Err(unsupported(key, &depth.to_string()));
            }
        }
        if self.lemma_dim_emb != 0 {
            return Err(unsupported("lemma-dim-emb", &self.lemma_dim_emb.to_string()));
        }
        if !self.output_approx_knn.is_empty() {
            return Err(unsupported("output-approx-knn", "a list"));
        }
        match self.input_types.iter().find(|kind| *kind != "sequence") {
            Some(kind) => Err(unsupported("input-types", kind)),
            None => Ok(()),
        }
    }

    fn tied_layers(&self) -> Result<Vec<usize>, ModelFileError> {
        let tied = &self.transformer_tied_layers;
        match tied.is_empty() {
            true => Ok((1..=self.dec_depth).collect()),
            false
                if tied.len() == self.dec_depth
                    && tied.iter().all(|layer| (1..=self.dec_depth).contains(layer)) =>
            {
                Ok(tied.clone())
            }
            false => Err(unsupported("transformer-tied-layers", &format!("{tied:?}"))),
        }
    }

    fn aligning_layer(&self) -> Result<usize, ModelFileError> {
        let layer = match self.transformer_guided_alignment_layer.as_str() {
            "last" => Some(self.dec_depth),
            number => number.parse().ok().filter(|layer| (1..=self.dec_depth).contains(layer)),
        };
        let unknown =
            || unsupported("transformer-guided-alignment-layer", &self.transformer_guided_alignment_layer);
        layer.map(|layer| layer - 1).ok_or_else(unknown)
    }
}

fn unsupported(key: &'static str, value: &str) -> ModelFileError {
    // The value comes from the file and may be long.
    ModelFileError::Unsupported { key, value: value.chars().take(60).collect() }
}
