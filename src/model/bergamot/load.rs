//! Builds the network from a model file. Checks the shape of every tensor.

use std::{collections::HashMap, ops::Range, sync::Arc};

use super::{
    super::{
        ModelError,
        encoder_decoder::{Heads, Output},
        int8::{CalibratedMatrix, Source},
        linear::{Linear, Matrix, Precision},
        post_norm::{EncoderLayer, FeedForward, Norm},
    },
    Bergamot, BergamotConfig, BergamotStacks, LexicalShortlist, ModelFileError, POSITIONS,
    embedding::{Embedding, TiedProjection, Vectors},
    file::{ModelFile, Tensor},
    layers::DecoderLayer,
};

/// Epsilon of layer normalisation (Marian's `layers/generic.h`).
const EPSILON: f32 = 1e-6;
/// Suffix of the tensors that hold activations' quantisation multipliers.
const ALPHA: &str = "_QuantMultA";

struct Loader<'a> {
    file: &'a ModelFile<'a>,
    config: &'a BergamotConfig,
    precision: Precision,
    /// Whether the file has quantisation multipliers for activations.
    calibrated: bool,
}

pub(super) fn network(
    file: &ModelFile<'_>,
    config: BergamotConfig,
    shortlist: Option<LexicalShortlist>,
    forbidden: Vec<u32>,
    precision: Precision,
) -> Result<Bergamot, ModelError> {
    let calibrated = file.tensors.keys().any(|name| name.ends_with(ALPHA));
    let loader = Loader { file, config: &config, precision, calibrated };
    let (source, target, name) = loader.embeddings()?;
    let bias = match config.output_bias {
        true => loader.vector("decoder_ff_logit_out_b", config.target_vocabulary)?,
        false => Vec::new(),
    };
    let alpha = match target.vectors {
        Vectors::Int8(..) => loader.output_alpha(name)?,
        Vectors::F32(_) => None,
    };
    let encoder = (1..=config.encoder_layers).map(|layer| loader.encoder_layer(layer));
    let mut known: HashMap<usize, Arc<DecoderLayer>> = HashMap::new();
    let mut decoder = Vec::new();
    for layer in &config.decoder_layers {
        // Tied layers share their weights.
        if !known.contains_key(layer) {
            known.insert(*layer, Arc::new(loader.decoder_layer(*layer)?));
        }
        decoder.extend(known.get(layer).cloned());
    }
    let projection = TiedProjection { embedding: Arc::clone(&target), bias, alpha, precision };
    let stacks = BergamotStacks {
        source,
        target,
        positions: sinusoids(POSITIONS, config.width),
        encoder: encoder.collect::<Result<_, _>>()?,
        decoder,
        shortlist,
        forbidden,
        config,
    };
    Ok(Bergamot::new(stacks, Output::new(projection)))
}

impl<'a> Loader<'a> {
    fn tensor(&self, name: &str) -> Result<&'a Tensor<'a>, ModelFileError> {
        self.file.tensors.get(name).ok_or_else(|| ModelFileError::Missing(name.to_owned()))
    }

    /// The tensor of this name. Fails if it has another shape.
    fn shaped(&self, name: &str, shape: [usize; 2]) -> Result<&'a Tensor<'a>, ModelFileError> {
        let tensor = self.tensor(name)?;
        match tensor.shape == shape {
            true => Ok(tensor),
            false => Err(ModelFileError::Shaped {
                name: name.to_owned(),
                found: tensor.shape.clone(),
                needed: shape.to_vec(),
            }),
        }
    }

    fn floats(name: &str, tensor: &Tensor<'_>) -> Result<Vec<f32>, ModelFileError> {
        let element = || ModelFileError::Element { name: name.to_owned(), element: tensor.element };
        let floats: Vec<f32> = tensor.floats().ok_or_else(element)?.collect();
        match floats.iter().all(|value| value.is_finite()) {
            true => Ok(floats),
            false => Err(ModelFileError::NotFinite(name.to_owned())),
        }
    }

    /// The floats of a tensor of shape `[1, length]`.
    fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, ModelFileError> {
        Self::floats(name, self.shaped(name, [1, length])?)
    }

    /// The activations' quantisation multiplier for a weight matrix; `None` if the file is not calibrated. Some files store it as
    /// an 8-bit value with a multiplier of its own.
    fn alpha(&self, weight: &str) -> Result<Option<f32>, ModelFileError> {
        if !self.calibrated {
            return Ok(None);
        }
        let name = format!("{weight}{ALPHA}");
        let tensor = self.tensor(&name)?;
        let value = match (tensor.count(), tensor.scale(), tensor.floats()) {
            (1, Some(scale), _) => tensor.bytes.first().map(|byte| f32::from(byte.cast_signed()) / scale),
            (1, _, Some(mut floats)) => floats.next(),
            _ => None,
        };
        match value.filter(|value| value.is_normal() && *value > 0.0) {
            Some(value) => Ok(Some(value)),
            None => Err(ModelFileError::Multiplier(name)),
        }
    }

    /// The activations' quantisation multiplier for the output projection. Marian stores that of a shared embedding under the name
    /// "none".
    fn output_alpha(&self, embedding: &str) -> Result<Option<f32>, ModelFileError> {
        const UNNAMED: &str = "none";
        match self.file.tensors.contains_key(&format!("{UNNAMED}{ALPHA}")) {
            true => self.alpha(UNNAMED),
            false => self.alpha(embedding),
        }
    }

    /// The source and target embeddings, and the name of the target embedding.
    fn embeddings(&self) -> Result<(Arc<Embedding>, Arc<Embedding>, &'static str), ModelFileError> {
        let BergamotConfig { source_vocabulary, target_vocabulary, shared_embedding, .. } = *self.config;
        const SHARED: &str = "Wemb";
        const TARGET: &str = "decoder_Wemb";
        if shared_embedding {
            let shared = Arc::new(self.embedding(SHARED, source_vocabulary)?);
            return Ok((Arc::clone(&shared), shared, SHARED));
        }
        let source = Arc::new(self.embedding("encoder_Wemb", source_vocabulary)?);
        Ok((source, Arc::new(self.embedding(TARGET, target_vocabulary)?), TARGET))
    }

    fn embedding(&self, name: &str, tokens: usize) -> Result<Embedding, ModelFileError> {
        let width = self.config.width;
        let tensor = self.shaped(name, [tokens, width])?;
        let vectors = match tensor.scale() {
            Some(scale) if scale.is_normal() && scale > 0.0 => {
                Vectors::Int8(tensor.bytes[..tokens * width].to_vec(), scale)
            }
            Some(_) => return Err(ModelFileError::Multiplier(name.to_owned())),
            None => Vectors::F32(Self::floats(name, tensor)?),
        };
        Ok(Embedding { vectors, tokens, width })
    }

    /// Stacks weights `[outputs, columns]`, given by the names of weight and bias.
    fn linear(
        &self,
        parts: &[(String, Option<String>)],
        outputs: usize,
        columns: usize,
    ) -> Result<Linear, ModelError> {
        let (mut packed, mut plain, mut bias) = (Vec::new(), Vec::new(), Vec::new());
        for (name, bias_name) in parts {
            let tensor = self.shaped(name, [columns, outputs])?;
            let own = bias_name.as_deref().map(|name| self.vector(name, outputs)).transpose()?;
            let own = own.unwrap_or_else(|| vec![0.0; outputs]);
            match tensor.scale() {
                Some(scale) => {
                    if !(scale.is_normal() && scale > 0.0) {
                        return Err(ModelFileError::Multiplier(name.clone()).into());
                    }
                    let row = |row: usize| &tensor.bytes[row * columns..][..columns];
                    let alpha = self.alpha(name)?;
                    packed.push(CalibratedMatrix::pack(outputs, columns, row, scale, alpha, &own)?);
                }
                None => {
                    plain.push(Transposed { floats: Self::floats(name, tensor)?, outputs });
                    bias.extend(own);
                }
            }
        }
        let weights = match (packed.is_empty(), plain.is_empty()) {
            (false, true) => Matrix::Calibrated(packed),
            (true, false) => Matrix::pack(&plain, columns, self.precision)?,
            _ => {
                return Err(
                    ModelFileError::Mixed(parts.iter().map(|(name, _)| name.clone()).collect()).into()
                );
            }
        };
        Ok(Linear { weights, bias })
    }

    /// Stacks the given projections of an attention.
    fn projections(&self, attention: &str, parts: &[char]) -> Result<Linear, ModelError> {
        let width = self.config.width;
        let part = |part: &char| (format!("{attention}_W{part}"), Some(format!("{attention}_b{part}")));
        self.linear(&parts.iter().map(part).collect::<Vec<_>>(), width, width)
    }

    /// The output projection of an attention, if the model has one.
    fn answers(&self, attention: &str) -> Result<Option<Linear>, ModelError> {
        self.config.project.then(|| self.projections(attention, &['o'])).transpose()
    }

    fn norm(&self, name: &str) -> Result<Norm, ModelError> {
        let part = |part| self.vector(&format!("{name}_ln_{part}"), self.config.width);
        Ok(Norm { weight: part("scale")?, bias: part("bias")?, epsilon: EPSILON })
    }

    fn feed_forward(&self, layer: &str, inner: usize) -> Result<FeedForward, ModelError> {
        let width = self.config.width;
        let part = |part| [(format!("{layer}_ffn_W{part}"), Some(format!("{layer}_ffn_b{part}")))];
        Ok(FeedForward {
            up: self.linear(&part(1), inner, width)?,
            activation: self.config.activation,
            down: self.linear(&part(2), width, inner)?,
            norm: self.norm(&format!("{layer}_ffn_ffn"))?,
        })
    }

    fn heads(&self) -> Heads {
        Heads::scaled(self.config.heads, self.config.width / self.config.heads)
    }

    fn encoder_layer(&self, number: usize) -> Result<EncoderLayer, ModelError> {
        let layer = format!("encoder_l{number}");
        let attention = format!("{layer}_self");
        Ok(EncoderLayer {
            heads: self.heads(),
            qkv: self.projections(&attention, &['q', 'k', 'v'])?,
            attended: self.answers(&attention)?,
            attention_norm: self.norm(&format!("{attention}_Wo"))?,
            feed_forward: self.feed_forward(&layer, self.config.feed_forward)?,
        })
    }

    fn decoder_layer(&self, number: usize) -> Result<DecoderLayer, ModelError> {
        let width = self.config.width;
        let layer = format!("decoder_l{number}");
        let (cell, cross) = (format!("{layer}_rnn"), format!("{layer}_context"));
        let gates = [(format!("{cell}_W"), None), (format!("{cell}_Wf"), Some(format!("{cell}_bf")))];
        Ok(DecoderLayer {
            heads: self.heads(),
            cell: self.linear(&gates, width, width)?,
            cell_norm: self.norm(&format!("{cell}_ffn"))?,
            cross_query: self.projections(&cross, &['q'])?,
            cross_kv: self.projections(&cross, &['k', 'v'])?,
            crossed: self.answers(&cross)?,
            cross_norm: self.norm(&format!("{cross}_Wo"))?,
            feed_forward: self.feed_forward(&layer, self.config.decoder_feed_forward)?,
        })
    }
}

/// 32-bit weights, which Marian stores as `[columns, outputs]`.
struct Transposed {
    floats: Vec<f32>,
    outputs: usize,
}

impl Source for Transposed {
    fn outputs(&self) -> usize {
        self.outputs
    }

    fn levels(&self) -> f32 {
        127.0
    }

    fn is_free(&self) -> bool {
        true
    }

    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError> {
        if rows.end > self.outputs {
            return Err(ModelError::Unknown(rows.end));
        }
        Ok(rows.flat_map(|row| self.floats.iter().skip(row).step_by(self.outputs)).copied().collect())
    }
}

/// Marian's position embeddings `[positions, width]` (`models/transformer.h`): sines in the first half, cosines in the second.
/// Frequencies fall from 1 to 1e-4, unlike those of Transformers' Marian. Marian computes them in 32 bits, with the cosine as a
/// shifted sine. This code does the same, since the last bits decide how a value is rounded to 8 bits.
fn sinusoids(positions: usize, width: usize) -> Vec<f32> {
    let half = width / 2;
    let value = |position: usize, column: usize| {
        let frequency = 1e-4f32.powf((column % half) as f32 / (half.max(2) - 1) as f32);
        let offset = (column / half) as f32 * std::f32::consts::FRAC_PI_2;
        (position as f32 * frequency + offset).sin()
    };
    (0..positions).flat_map(|position| (0..width).map(move |column| value(position, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::file::Element, *};

    #[test]
    fn sinusoids_match_marian() {
        let positions = sinusoids(3, 6);
        assert_eq!(positions[..6], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        for (got, expected) in positions[12..].iter().zip([2.0f32.sin(), 0.02f32.sin(), 0.0002f32.sin()]) {
            assert!((got - expected).abs() < 1e-6, "{got} {expected}");
        }
    }

    #[test]
    fn unknown_element_types_are_rejected() {
        let tensor = Tensor { element: Element::Other(7), shape: vec![1, 1], bytes: vec![0; 8].into() };
        assert!(Loader::floats("x", &tensor).is_err());
    }
}
