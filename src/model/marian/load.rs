//! Builds the network from a checkpoint.

use std::borrow::Cow;

use super::{
    super::{
        ModelError,
        checkpoint::{Checkpoint, FileMatrix},
        encoder_decoder::{FileProjection, Heads, Output},
        int8::Source,
        linear::{Linear, Matrix, Precision},
        post_norm::{EncoderLayer, FeedForward, Norm},
    },
    Embedding, Marian, MarianConfig, MarianStacks, StackConfig,
    layers::DecoderLayer,
};

/// Epsilon of layer normalisation; PyTorch's default.
const EPSILON: f32 = 1e-5;

struct Loader<'a> {
    checkpoint: &'a Checkpoint,
    config: &'a MarianConfig,
    precision: Precision,
}

pub(super) fn network(
    checkpoint: &Checkpoint,
    config: MarianConfig,
    precision: Precision,
) -> Result<Marian, ModelError> {
    let loader = Loader { checkpoint, config: &config, precision };
    let (source, target) = loader.embeddings()?;
    let projection = if config.tied_output {
        target.clone()
    } else {
        loader.checkpoint.matrix("lm_head.weight", config.target_vocabulary, config.width)?
    };
    let bias = match checkpoint.has("final_logits_bias") {
        true => checkpoint.vector("final_logits_bias", config.target_vocabulary)?,
        false => vec![0.0; config.target_vocabulary],
    };
    let scale = if config.scale_embedding { (config.width as f32).sqrt() } else { 1.0 };
    let encoder = (0..config.encoder.layers).map(|index| loader.encoder_layer(index));
    let decoder = (0..config.decoder.layers).map(|index| loader.decoder_layer(index));
    let stacks = MarianStacks {
        source: Embedding { matrix: source, scale, positions: loader.positions("encoder")? },
        target: Embedding { matrix: target, scale, positions: loader.positions("decoder")? },
        encoder: encoder.collect::<Result<_, _>>()?,
        decoder: decoder.collect::<Result<_, _>>()?,
        config,
    };
    let width = stacks.config.width;
    Ok(Marian::new(stacks, Output::new(FileProjection { weights: projection, bias, width, precision })))
}

impl Loader<'_> {
    /// The source and target embeddings. A checkpoint may store a shared embedding under any of these names.
    fn embeddings(&self) -> Result<(FileMatrix, FileMatrix), ModelError> {
        const SHARED: &str = "model.shared.weight";
        const SOURCE: &str = "model.encoder.embed_tokens.weight";
        const TARGET: &str = "model.decoder.embed_tokens.weight";
        let MarianConfig { width, source_vocabulary, target_vocabulary, shared_embedding, .. } = *self.config;
        let checkpoint = self.checkpoint;
        if !shared_embedding {
            let source = checkpoint.matrix(SOURCE, source_vocabulary, width)?;
            return Ok((source, checkpoint.matrix(TARGET, target_vocabulary, width)?));
        }
        if source_vocabulary != target_vocabulary {
            return Err(ModelError::Format(
                "config.json has one embedding for two vocabularies of different sizes".to_owned(),
            ));
        }
        let names = [SHARED, SOURCE, TARGET, "lm_head.weight"];
        let name = names.into_iter().find(|name| checkpoint.has(name)).unwrap_or(SHARED);
        let shared = checkpoint.matrix(name, source_vocabulary, width)?;
        Ok((shared.clone(), shared))
    }

    /// The position embeddings `[positions, width]`; computed if the checkpoint does not contain them.
    fn positions(&self, stack: &str) -> Result<Vec<f32>, ModelError> {
        let MarianConfig { positions, width, .. } = *self.config;
        let name = format!("model.{stack}.embed_positions.weight");
        if self.checkpoint.has(&name) {
            let matrix = self.checkpoint.matrix(&name, positions, width)?;
            let positions = matrix.rows(0..positions)?;
            if !positions.iter().all(|value| value.is_finite()) {
                return Err(ModelError::Format(format!("{name} has a value that is not finite")));
            }
            return Ok(positions);
        }
        Ok(sinusoids(positions, width))
    }

    fn linear(&self, parts: &[Cow<'_, str>], outputs: usize, columns: usize) -> Result<Linear, ModelError> {
        let matrix = |part| self.checkpoint.matrix(&format!("{part}.weight"), outputs, columns);
        let matrices = parts.iter().map(matrix).collect::<Result<Vec<_>, _>>()?;
        let bias = parts.iter().map(|part| self.checkpoint.vector(&format!("{part}.bias"), outputs));
        let bias = bias.collect::<Result<Vec<_>, _>>()?.concat();
        Ok(Linear { weights: Matrix::pack(&matrices, columns, self.precision)?, bias })
    }

    /// Stacks the given projections of an attention, each `[width, width]`.
    fn projections(&self, attention: &str, parts: &[&str]) -> Result<Linear, ModelError> {
        let width = self.config.width;
        let names: Vec<_> = parts.iter().map(|part| format!("{attention}.{part}_proj").into()).collect();
        self.linear(&names, width, width)
    }

    fn norm(&self, name: &str) -> Result<Norm, ModelError> {
        let part = |part| self.checkpoint.vector(&format!("{name}.{part}"), self.config.width);
        Ok(Norm { weight: part("weight")?, bias: part("bias")?, epsilon: EPSILON })
    }

    fn feed_forward(&self, layer: &str, stack: StackConfig) -> Result<FeedForward, ModelError> {
        let width = self.config.width;
        Ok(FeedForward {
            up: self.linear(&[format!("{layer}.fc1").into()], stack.feed_forward, width)?,
            activation: self.config.activation,
            down: self.linear(&[format!("{layer}.fc2").into()], width, stack.feed_forward)?,
            norm: self.norm(&format!("{layer}.final_layer_norm"))?,
        })
    }

    fn heads(&self, stack: StackConfig) -> Heads {
        Heads::scaled(stack.heads, self.config.width / stack.heads)
    }

    fn encoder_layer(&self, index: usize) -> Result<EncoderLayer, ModelError> {
        let layer = format!("model.encoder.layers.{index}");
        let attention = format!("{layer}.self_attn");
        Ok(EncoderLayer {
            heads: self.heads(self.config.encoder),
            qkv: self.projections(&attention, &["q", "k", "v"])?,
            attended: Some(self.projections(&attention, &["out"])?),
            attention_norm: self.norm(&format!("{layer}.self_attn_layer_norm"))?,
            feed_forward: self.feed_forward(&layer, self.config.encoder)?,
        })
    }

    fn decoder_layer(&self, index: usize) -> Result<DecoderLayer, ModelError> {
        let layer = format!("model.decoder.layers.{index}");
        let (attention, cross) = (format!("{layer}.self_attn"), format!("{layer}.encoder_attn"));
        Ok(DecoderLayer {
            heads: self.heads(self.config.decoder),
            qkv: self.projections(&attention, &["q", "k", "v"])?,
            attended: self.projections(&attention, &["out"])?,
            attention_norm: self.norm(&format!("{layer}.self_attn_layer_norm"))?,
            cross_query: self.projections(&cross, &["q"])?,
            cross_kv: self.projections(&cross, &["k", "v"])?,
            crossed: self.projections(&cross, &["out"])?,
            cross_norm: self.norm(&format!("{layer}.encoder_attn_layer_norm"))?,
            feed_forward: self.feed_forward(&layer, self.config.decoder)?,
        })
    }
}

/// Position embeddings `[positions, width]` in Marian's layout: sines in the first half, cosines in the second.
fn sinusoids(positions: usize, width: usize) -> Vec<f32> {
    let sines = width.div_ceil(2);
    let angle =
        |position: usize, pair: usize| position as f64 / 10_000f64.powf(2.0 * pair as f64 / width as f64);
    let value = |position: usize, column: usize| match column.checked_sub(sines) {
        None => angle(position, column).sin() as f32,
        Some(column) => angle(position, column).cos() as f32,
    };
    (0..positions).flat_map(|position| (0..width).map(move |column| value(position, column))).collect()
}
