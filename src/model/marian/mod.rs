//! Marian, the encoder-decoder of OPUS-MT (Junczys-Dowmunt et al. 2018; the reference is Transformers' `MarianMTModel`).
//! `encoder_decoder` explains how rows read sources and grow.

mod config;
mod layers;
mod load;

pub use self::config::{MarianConfig, StackConfig};
use self::layers::DecoderLayer;
pub use super::post_norm::Activation;
use super::{
    ModelError,
    checkpoint::{Checkpoint, FileMatrix},
    encoder_decoder::{EncoderDecoder, Heads, Memory, Stacks, Step, vector},
    linear::{Linear, Precision},
    post_norm::EncoderLayer,
};

/// Token and position embeddings. Token vectors are read from the checkpoint on demand.
struct Embedding {
    /// `[tokens, width]`
    matrix: FileMatrix,
    /// Factor for token vectors.
    scale: f32,
    /// `[positions, width]`
    positions: Vec<f32>,
}

impl Embedding {
    /// Appends the embeddings of tokens, whose positions start at `first`.
    fn read(&self, tokens: &[u32], first: usize, output: &mut Vec<f32>) -> Result<(), ModelError> {
        for (token, position) in tokens.iter().zip(first..) {
            let row = vector(&self.matrix, *token)?;
            let position = &self.positions[position * row.len()..][..row.len()];
            output.extend(row.iter().zip(position).map(|(value, position)| value * self.scale + position));
        }
        Ok(())
    }
}

/// The layers of a Marian model.
pub struct MarianStacks {
    config: MarianConfig,
    source: Embedding,
    target: Embedding,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<DecoderLayer>,
}

/// A loaded Marian model.
pub type Marian = EncoderDecoder<MarianStacks>;

impl Marian {
    /// Builds the network from a checkpoint. Checks the shape of every tensor.
    pub fn load(
        checkpoint: &Checkpoint,
        config: MarianConfig,
        precision: Precision,
    ) -> Result<Self, ModelError> {
        load::network(checkpoint, config, precision)
    }
}

impl Stacks for MarianStacks {
    type Config = MarianConfig;
    type State = Memory;

    fn config(&self) -> &MarianConfig {
        &self.config
    }

    fn width(&self) -> usize {
        self.config.width
    }

    fn positions(&self) -> usize {
        self.config.positions
    }

    fn start(&self) -> u32 {
        self.config.start
    }

    fn forbidden(&self) -> &[u32] {
        &self.config.forbidden
    }

    fn encode(&self, sources: &[&[u32]]) -> Result<Vec<f32>, ModelError> {
        let mut hidden = Vec::new();
        for source in sources {
            self.source.read(source, 0, &mut hidden)?;
        }
        let lengths: Vec<usize> = sources.iter().map(|source| source.len()).collect();
        for layer in &self.encoder {
            layer.forward(&mut hidden, &lengths);
        }
        Ok(hidden)
    }

    fn look_ups(&self) -> impl Iterator<Item = (&Linear, Heads)> {
        self.decoder.iter().map(|layer| (&layer.cross_kv, layer.heads))
    }

    fn embed(&self, tokens: &[u32], first: usize, hidden: &mut Vec<f32>) -> Result<(), ModelError> {
        self.target.read(tokens, first, hidden)
    }

    fn decode(&self, mut hidden: Vec<f32>, rows: &mut [Step]) -> Vec<f32> {
        for (index, layer) in self.decoder.iter().enumerate() {
            layer.forward(index, &mut hidden, rows);
        }
        hidden
    }
}
