//! The student models of the Bergamot project, which Firefox uses: Marian models with a transformer encoder, a recurrent decoder
//! and 8-bit weights (Kim et al. 2019, "From Research to Production and Back"; Bogoychev et al. 2020, "Edinburgh's Submissions
//! to the 2020 Machine Translation Efficiency Task"). The reference is `marian-dev` with the options of Bergamot's translator.
//! `encoder_decoder` explains how rows read sources and grow.

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

/// Most tokens of a source or of a translation. Positions are computed, so the files have no limit; the reference cuts sources at
/// 128 tokens and translations at twice their source.
pub const POSITIONS: usize = 512;

/// Why a model file cannot be used. The messages follow "cannot use the Marian model file: ".
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    #[error("the file is truncated")]
    Short,
    #[error("the file has version {0}, not 1: it is not a binary Marian model")]
    Version(u64),
    #[error("{0} tensors are too many")]
    TooManyTensors(u64),
    #[error("the name or the shape of a tensor is too long")]
    Header,
    #[error("the name of a tensor is empty or not UTF-8")]
    Name,
    #[error("{0} has a dimension below 1")]
    Shape(String),
    #[error("{0} has fewer bytes than its shape requires, or is damaged")]
    Data(String),
    #[error("the file contains {0} twice")]
    Twice(String),
    #[error("cannot read the NumPy archive: {0}")]
    Zip(#[from] ZipError),
    #[error("the arrays are too large")]
    TooLarge,
    #[error("special:model.yml is missing")]
    NoConfig,
    #[error("special:model.yml is too long or is not text")]
    ConfigText,
    #[error("cannot parse special:model.yml: {0}")]
    Config(String),
    #[error("special:model.yml has {key}: {value}, which is not supported")]
    Unsupported { key: &'static str, value: String },
    #[error("special:model.yml has {key}: {size}, which must be between 1 and {most}")]
    Size { key: &'static str, size: usize, most: usize },
    #[error("{0} is missing")]
    Missing(String),
    #[error("{name} has shape {found:?}, not {needed:?}")]
    Shaped { name: String, found: Vec<usize>, needed: Vec<usize> },
    #[error("{name} has the element type {element:?}, which is not supported here")]
    Element { name: String, element: Element },
    #[error("{0} has a value that is not finite")]
    NotFinite(String),
    #[error("{0} has no valid quantisation multiplier")]
    Multiplier(String),
    #[error("{0:?} do not have the same element type")]
    Mixed(Vec<String>),
}

/// The layers of a student model.
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

/// A loaded student model.
pub type Bergamot = EncoderDecoder<BergamotStacks>;

impl Bergamot {
    /// Builds the network from a model file. With a lexical shortlist, the source determines a row's candidates and the
    /// shortlists of feeds are ignored. `forbidden` tokens, in ascending order, never get logits. `precision` applies only to
    /// 32-bit weights; 8-bit weights are used unchanged.
    ///
    /// # Errors
    /// When the configuration has an unsupported setting, or a tensor is missing, has another shape or a value that is not finite.
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
    /// Appends the embeddings of tokens, whose positions start at `first`. If `shifted`, position 0 gets a zero embedding.
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
            // Marian shifts the target embeddings by one position and puts a zero vector first.
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

    /// The id has no meaning: the decoder starts from a zero embedding.
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

    /// The layer that was trained with guided alignment. Marian uses its first head (`collectOneHead` in
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
