//! Loads a network from a checkpoint.

use super::{
    super::{
        ModelError,
        checkpoint::{Checkpoint, FileMatrix},
        encoder_decoder::{Distances, FileProjection, Heads, Output},
        int8::Source,
        linear::{Linear, Matrix, Precision},
    },
    FeedForwardKind, T5, T5Config, T5Stacks,
    distance::Sides,
    layers::{DecoderLayer, EncoderLayer, FeedForward, Norm, SelfAttention},
};

struct Loader<'a> {
    checkpoint: &'a Checkpoint,
    config: &'a T5Config,
    precision: Precision,
}

pub(super) fn network(
    checkpoint: &Checkpoint,
    config: T5Config,
    precision: Precision,
) -> Result<T5, ModelError> {
    let loader = Loader { checkpoint, config: &config, precision };
    let embedding = loader.embedding()?;
    let projection = loader.projection(&embedding)?;
    let mut output_norm = loader.norm("decoder.final_layer_norm")?;
    if config.scale_output {
        let scale = 1.0 / (config.width as f32).sqrt();
        output_norm.weight.iter_mut().for_each(|weight| *weight *= scale);
    }
    let encoder = (0..config.encoder_layers).map(|index| loader.encoder_layer(index));
    let decoder = (0..config.decoder_layers).map(|index| loader.decoder_layer(index));
    let stacks = T5Stacks {
        embedding,
        encoder: encoder.collect::<Result<_, _>>()?,
        encoder_distances: loader.distances("encoder", Sides::Both)?,
        encoder_norm: loader.norm("encoder.final_layer_norm")?,
        decoder: decoder.collect::<Result<_, _>>()?,
        decoder_distances: loader.distances("decoder", Sides::Before)?,
        output_norm,
        config,
    };
    let width = stacks.config.width;
    let projection = FileProjection { weights: projection, bias: Vec::new(), width, precision };
    Ok(T5::new(stacks, Output::new(projection)))
}

impl Loader<'_> {
    /// The embedding of both stacks; a checkpoint may use any of its names.
    fn embedding(&self) -> Result<FileMatrix, ModelError> {
        const SHARED: &str = "shared.weight";
        let names = [SHARED, "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];
        let name = names.into_iter().find(|name| self.checkpoint.has(name)).unwrap_or(SHARED);
        self.checkpoint.matrix(name, self.config.vocabulary, self.config.width)
    }

    /// The output projection. If the checkpoint has one, it is used, because Transformers 5 writes every model as tied.
    fn projection(&self, embedding: &FileMatrix) -> Result<FileMatrix, ModelError> {
        const OWN: &str = "lm_head.weight";
        match self.config.tied_output && !self.checkpoint.has(OWN) {
            true => Ok(embedding.clone()),
            false => self.checkpoint.matrix(OWN, self.config.vocabulary, self.config.width),
        }
    }

    /// The values by distance, which the first layer stores for all layers of its stack.
    fn distances(&self, stack: &str, sides: Sides) -> Result<Distances, ModelError> {
        let T5Config { heads, buckets, positions, .. } = *self.config;
        let name = format!("{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight");
        let table = self.checkpoint.matrix(&name, buckets.count, heads)?.rows(0..buckets.count)?;
        if !table.iter().all(|value| value.is_finite()) {
            return Err(ModelError::Format(format!("{name} has a value that is not a finite number")));
        }
        let before = positions - 1;
        let after = if sides == Sides::Both { before } else { 0 };
        Ok(Distances::new(heads, before, after, |head, distance| {
            table[buckets.of(distance, sides) * heads + head]
        }))
    }

    fn linear(
        &self,
        layer: &str,
        parts: &[&str],
        outputs: usize,
        columns: usize,
    ) -> Result<Linear, ModelError> {
        let matrix = |part| self.checkpoint.matrix(&format!("{layer}.{part}.weight"), outputs, columns);
        let matrices = parts.iter().map(matrix).collect::<Result<Vec<_>, _>>()?;
        Ok(Linear { weights: Matrix::pack(&matrices, columns, self.precision)?, bias: Vec::new() })
    }

    /// Projections to the heads, stacked.
    fn head_projection(&self, attention: &str, parts: &[&str]) -> Result<Linear, ModelError> {
        self.linear(attention, parts, self.heads().width(), self.config.width)
    }

    /// The projection back from the heads.
    fn output_projection(&self, attention: &str) -> Result<Linear, ModelError> {
        self.linear(attention, &["o"], self.config.width, self.heads().width())
    }

    /// T5 does not scale scores; its weights were trained without.
    fn heads(&self) -> Heads {
        Heads { count: self.config.heads, dim: self.config.head_dim, scale: 1.0 }
    }

    fn norm(&self, name: &str) -> Result<Norm, ModelError> {
        let weight = self.checkpoint.vector(&format!("{name}.weight"), self.config.width)?;
        Ok(Norm { weight, epsilon: self.config.epsilon })
    }

    fn feed_forward(&self, part: &str) -> Result<FeedForward, ModelError> {
        let T5Config { width, feed_forward, feed_forward_kind, .. } = *self.config;
        let layer = format!("{part}.DenseReluDense");
        let gated = feed_forward_kind == FeedForwardKind::GatedGelu;
        let up: &[&str] = if gated { &["wi_0", "wi_1"] } else { &["wi"] };
        Ok(FeedForward {
            up: self.linear(&layer, up, feed_forward, width)?,
            gated,
            down: self.linear(&layer, &["wo"], width, feed_forward)?,
            norm: self.norm(&format!("{part}.layer_norm"))?,
        })
    }

    fn self_attention(&self, part: &str) -> Result<SelfAttention, ModelError> {
        let attention = format!("{part}.SelfAttention");
        Ok(SelfAttention {
            heads: self.heads(),
            norm: self.norm(&format!("{part}.layer_norm"))?,
            qkv: self.head_projection(&attention, &["q", "k", "v"])?,
            output: self.output_projection(&attention)?,
        })
    }

    fn encoder_layer(&self, index: usize) -> Result<EncoderLayer, ModelError> {
        let layer = format!("encoder.block.{index}.layer");
        Ok(EncoderLayer {
            attention: self.self_attention(&format!("{layer}.0"))?,
            feed_forward: self.feed_forward(&format!("{layer}.1"))?,
        })
    }

    fn decoder_layer(&self, index: usize) -> Result<DecoderLayer, ModelError> {
        let layer = format!("decoder.block.{index}.layer");
        let cross = format!("{layer}.1.EncDecAttention");
        Ok(DecoderLayer {
            attention: self.self_attention(&format!("{layer}.0"))?,
            cross_norm: self.norm(&format!("{layer}.1.layer_norm"))?,
            cross_query: self.head_projection(&cross, &["q"])?,
            cross_kv: self.head_projection(&cross, &["k", "v"])?,
            cross_output: self.output_projection(&cross)?,
            feed_forward: self.feed_forward(&format!("{layer}.2"))?,
        })
    }
}
