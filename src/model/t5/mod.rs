//! T5 and mT5 (Raffel et al. 2020, Xue et al. 2021; the reference is Transformers' `T5ForConditionalGeneration` and
//! `MT5ForConditionalGeneration`): encoder-decoders with relative positions only. `encoder_decoder` manages the rows.

mod config;
mod distance;
mod layers;
mod load;

pub use self::config::{Buckets, FeedForwardKind, T5Config};
use self::layers::{DecoderLayer, EncoderLayer, Norm};
use super::{
    ModelError,
    checkpoint::{Checkpoint, FileMatrix},
    encoder_decoder::{Distances, EncoderDecoder, Heads, Memory, Stacks, Step, vector},
    linear::{Linear, Precision},
};

/// The layers of a T5.
pub struct T5Stacks {
    config: T5Config,
    /// `[tokens, width]`, shared by both stacks. Its rows are read from the checkpoint.
    embedding: FileMatrix,
    encoder: Vec<EncoderLayer>,
    encoder_distances: Distances,
    encoder_norm: Norm,
    decoder: Vec<DecoderLayer>,
    decoder_distances: Distances,
    /// Includes the scale of the output projection's input.
    output_norm: Norm,
}

/// A loaded T5.
pub type T5 = EncoderDecoder<T5Stacks>;

impl T5 {
    /// Loads the network from a checkpoint and checks the shape of every tensor.
    pub fn load(checkpoint: &Checkpoint, config: T5Config, precision: Precision) -> Result<Self, ModelError> {
        load::network(checkpoint, config, precision)
    }
}

impl T5Stacks {
    fn read(&self, tokens: &[u32], hidden: &mut Vec<f32>) -> Result<(), ModelError> {
        tokens.iter().try_for_each(|token| {
            hidden.extend(vector(&self.embedding, *token)?);
            Ok(())
        })
    }
}

impl Stacks for T5Stacks {
    type Config = T5Config;
    type State = Memory;

    fn config(&self) -> &T5Config {
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
        sources.iter().try_for_each(|source| self.read(source, &mut hidden))?;
        let lengths: Vec<usize> = sources.iter().map(|source| source.len()).collect();
        for layer in &self.encoder {
            layer.forward(&mut hidden, &lengths, &self.encoder_distances);
        }
        Ok(self.encoder_norm.apply(&hidden))
    }

    fn look_ups(&self) -> impl Iterator<Item = (&Linear, Heads)> {
        self.decoder.iter().map(|layer| (&layer.cross_kv, layer.attention.heads))
    }

    fn embed(&self, tokens: &[u32], _first: usize, hidden: &mut Vec<f32>) -> Result<(), ModelError> {
        self.read(tokens, hidden)
    }

    fn decode(&self, mut hidden: Vec<f32>, rows: &mut [Step]) -> Vec<f32> {
        for (index, layer) in self.decoder.iter().enumerate() {
            layer.forward(index, &mut hidden, rows, &self.decoder_distances);
        }
        self.output_norm.apply(&hidden)
    }
}
