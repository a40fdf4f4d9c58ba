//! The students of the Bergamot project, which Firefox translates with: Marian models with a transformer as encoder and
//! recurrent layers as decoder, in 8 bits (Kim et al. 2019, "From Research to Production and Back"; Bogoychev et al. 2020,
//! "Edinburgh's Submissions to the 2020 Machine Translation Efficiency Task"). The reference is `marian-dev` as the project's
//! translator runs it. A source is a sentence and an answer its translation; how rows read and grow is in `encoder_decoder`.

mod config;
mod embedding;
mod file;
mod layers;
mod load;
mod npz;
mod shortlist;

use std::sync::Arc;

use zip::result::ZipError;

pub use self::{
    config::BergamotConfig,
    file::{Element, ModelFile, Tensor},
    shortlist::{LexicalShortlist, ShortlistError},
};
use self::{embedding::Embedding, layers::DecoderLayer};
use super::{
    ModelError,
    encoder_decoder::{Aligning, Cells, EncoderDecoder, Heads, Stacks, Step},
    linear::{Linear, Precision},
    post_norm::EncoderLayer,
};

/// Positions that a source may have, and an answer. Positions are computed, so that the files have no bound of their own; the
/// reference cuts sources at 128 tokens and answers at twice their source.
pub const POSITIONS: usize = 512;

/// Why a model file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    #[error("it ends too early")]
    Short,
    #[error("it has the version {0}, not 1: it is no binary model file of Marian")]
    Version(u64),
    #[error("it has {0} tensors, which are too many")]
    TooManyTensors(u64),
    #[error("a header has a name or a shape that is too long")]
    Header,
    #[error("a tensor has no name, or one that is no text")]
    Name,
    #[error("{0} has a dimension that is less than 1")]
    Shape(String),
    #[error("{0} has fewer bytes than its shape asks for, or is damaged")]
    Data(String),
    #[error("{0} is there twice")]
    Twice(String),
    #[error("it is no archive of NumPy: {0}")]
    Zip(#[from] ZipError),
    #[error("its arrays are too large")]
    TooLarge,
    #[error("it has no special:model.yml")]
    NoConfig,
    #[error("its special:model.yml is too long, or no text")]
    ConfigText,
    #[error("cannot read its special:model.yml: {0}")]
    Config(String),
    #[error("its special:model.yml has {key}: {value}, which is not supported")]
    Unsupported { key: &'static str, value: String },
    #[error("its special:model.yml has {size} as {key}, which must lie between 1 and {most}")]
    Size { key: &'static str, size: usize, most: usize },
    #[error("{0} is missing")]
    Missing(String),
    #[error("{name} has the shape {found:?}, not {needed:?}")]
    Shaped { name: String, found: Vec<usize>, needed: Vec<usize> },
    #[error("{name} has elements of the type {element:?}, which are not supported here")]
    Element { name: String, element: Element },
    #[error("{0} has a value that is no number")]
    NotFinite(String),
    #[error("{0} has no usable quantisation multiplier")]
    Multiplier(String),
    #[error("{0:?} are not all of the same type")]
    Mixed(Vec<String>),
}

/// The layers of a student.
pub struct BergamotStacks {
    config: BergamotConfig,
    source: Arc<Embedding>,
    target: Arc<Embedding>,
    /// `[positions, width]`
    positions: Vec<f32>,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<Arc<DecoderLayer>>,
    shortlist: Option<LexicalShortlist>,
    forbidden: Vec<u32>,
}

/// A loaded student.
pub type Bergamot = EncoderDecoder<BergamotStacks>;

impl Bergamot {
    /// Makes the network of a model file. With a lexical shortlist, a row may write what its source allows, and the shortlists
    /// of feeds are not looked at. `forbidden`, in ascending order, must not be written. Weights of 32 bits get the precision;
    /// those of 8 bits are what they are.
    ///
    /// # Errors
    /// When the configuration asks for what is not supported, or a tensor is missing, has another shape, or is no number.
    pub fn load(
        file: &ModelFile<'_>,
        shortlist: Option<LexicalShortlist>,
        forbidden: Vec<u32>,
        precision: Precision,
    ) -> Result<Self, ModelError> {
        load::network(file, file.configuration()?, shortlist, forbidden, precision)
    }
}

impl BergamotStacks {
    /// Appends the vectors of tokens at positions from `first` on; of those that an answer begins with, none is read.
    fn read(
        &self,
        embedding: &Embedding,
        tokens: &[u32],
        first: usize,
        shifted: bool,
        hidden: &mut Vec<f32>,
    ) -> Result<(), ModelError> {
        let width = self.config.width;
        let scale = (width as f32).sqrt();
        for (token, position) in tokens.iter().zip(first..) {
            let values = &self.positions[position * width..][..width];
            // Marian shifts the vectors of an answer by one, and a zero takes the first place.
            match shifted && position == 0 {
                true => hidden.extend_from_slice(values),
                false => embedding.read(*token, scale, values, hidden)?,
            }
        }
        Ok(())
    }
}

impl Stacks for BergamotStacks {
    type Config = BergamotConfig;
    type State = Cells;

    fn config(&self) -> &BergamotConfig {
        &self.config
    }

    fn width(&self) -> usize {
        self.config.width
    }

    fn positions(&self) -> usize {
        POSITIONS
    }

    /// Nothing is read first, whatever it is called.
    fn start(&self) -> u32 {
        0
    }

    fn forbidden(&self) -> &[u32] {
        &self.forbidden
    }

    fn encode(&self, sources: &[&[u32]]) -> Result<Vec<f32>, ModelError> {
        let mut hidden = Vec::new();
        for source in sources {
            self.read(&self.source, source, 0, false, &mut hidden)?;
        }
        let lengths: Vec<usize> = sources.iter().map(|source| source.len()).collect();
        for layer in &self.encoder {
            layer.forward(&mut hidden, &lengths);
        }
        Ok(hidden)
    }

    fn candidates(&self, source: &[u32]) -> Option<Vec<u32>> {
        Some(self.shortlist.as_ref()?.candidates(source))
    }

    /// One attention was trained to align, and Marian takes the first of its heads (`collectOneHead` in
    /// `models/transformer.h`).
    fn aligning(&self) -> Aligning {
        Aligning { layer: self.config.aligning_layer, heads: 1 }
    }

    fn look_ups(&self) -> impl Iterator<Item = (&Linear, Heads)> {
        self.decoder.iter().map(|layer| (&layer.cross_kv, layer.heads))
    }

    fn embed(&self, tokens: &[u32], first: usize, hidden: &mut Vec<f32>) -> Result<(), ModelError> {
        self.read(&self.target, tokens, first, true, hidden)
    }

    fn decode(&self, mut hidden: Vec<f32>, rows: &mut [Step<Cells>]) -> Vec<f32> {
        for (index, layer) in self.decoder.iter().enumerate() {
            layer.forward(index, &mut hidden, rows);
        }
        hidden
    }
}
