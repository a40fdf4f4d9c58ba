//! Marian, the encoder-decoder of OPUS-MT (Junczys-Dowmunt et al. 2018; the reference is Transformers' `MarianMTModel`).
//!
//! The first feed of a row is the source sentence: the network encodes it, keeps what the decoder's layers look up in it,
//! and answers with the logits behind the decoder's start token. Later feeds are tokens of the translation. The tokens of
//! all rows in a step are one flat batch `[tokens, width]`, without padding; only attention looks at which row a token
//! belongs to.

mod attention;
mod config;
mod layers;
mod load;
mod output;

use std::sync::Arc;

use slab::Slab;

pub use self::config::{Activation, MarianConfig, StackConfig};
use self::{
    attention::{Fixed, Memory},
    layers::{Cross, DecoderLayer, EncoderLayer, Step},
    output::Output,
};
use super::{
    Feed, Logits, ModelError, Network, PrefixId, RowId, ShortlistId, Vocabulary,
    checkpoint::{Checkpoint, FileMatrix},
    int8::Source,
    linear::Precision,
};

/// Vectors of tokens and of positions; rows of the former are read from the checkpoint.
struct Embedding {
    /// `[tokens, width]`
    matrix: FileMatrix,
    /// What a token's vector is multiplied by.
    scale: f32,
    /// `[positions, width]`
    positions: Vec<f32>,
}

impl Embedding {
    /// Appends the vectors of tokens at positions from `first` on.
    fn read(&self, tokens: &[u32], first: usize, output: &mut Vec<f32>) -> Result<(), ModelError> {
        for (token, position) in tokens.iter().zip(first..) {
            let index = *token as usize;
            if index >= self.matrix.outputs() {
                return Err(ModelError::Token(*token));
            }
            let row = self.matrix.row(index)?;
            let position = &self.positions[position * row.len()..][..row.len()];
            output.extend(row.iter().zip(position).map(|(value, position)| value * self.scale + position));
        }
        Ok(())
    }
}

/// A sentence and its translation so far.
#[derive(Clone, Default)]
struct Row {
    /// `None` until the source was read.
    cross: Option<Arc<Cross>>,
    memory: Memory,
}

/// A loaded Marian.
pub struct Marian {
    config: MarianConfig,
    source: Embedding,
    target: Embedding,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<DecoderLayer>,
    output: Output,
    rows: Slab<Row>,
}

impl Marian {
    /// Reads the network from a checkpoint; every tensor's shape is checked.
    pub fn load(
        checkpoint: &Checkpoint,
        config: MarianConfig,
        precision: Precision,
    ) -> Result<Self, ModelError> {
        load::network(checkpoint, config, precision)
    }

    /// What it is like.
    pub fn config(&self) -> &MarianConfig {
        &self.config
    }

    /// What the encoder makes of sentences, `[tokens of all, width]`, for measuring the network against its reference.
    pub fn encode(&self, sentences: &[&[u32]]) -> Result<Vec<f32>, ModelError> {
        let mut hidden = Vec::new();
        for sentence in sentences {
            self.fits(sentence.len())?;
            self.source.read(sentence, 0, &mut hidden)?;
        }
        let lengths: Vec<usize> = sentences.iter().map(|sentence| sentence.len()).collect();
        for layer in &self.encoder {
            layer.forward(&mut hidden, &lengths);
        }
        Ok(hidden)
    }

    fn fits(&self, tokens: usize) -> Result<(), ModelError> {
        let most = self.config.positions;
        if tokens <= most { Ok(()) } else { Err(ModelError::TooLong { tokens, most }) }
    }

    /// Keys and values that the decoder's layers look up in each of the sentences.
    fn cross(&self, sentences: &[&[u32]]) -> Result<Vec<Cross>, ModelError> {
        let width = self.config.width;
        let hidden = self.encode(sentences)?;
        let tokens = sentences.iter().map(|sentence| sentence.len()).sum();
        let mut all: Vec<Cross> =
            sentences.iter().map(|_| Cross { layers: Vec::with_capacity(self.decoder.len()) }).collect();
        for layer in &self.decoder {
            let kv = layer.cross_kv.forward(&hidden, tokens);
            let mut rest = kv.as_slice();
            for (sentence, cross) in sentences.iter().zip(&mut all) {
                let (own, others) = rest.split_at(sentence.len() * 2 * width);
                cross.layers.push(Fixed::new(own, 2 * width, width, layer.heads));
                rest = others;
            }
        }
        Ok(all)
    }

    /// Lets the rows that have read nothing yet read their sources.
    fn read_sources(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<bool>, ModelError> {
        let mut fresh = Vec::with_capacity(feeds.len());
        for feed in feeds {
            let row = self.rows.get(feed.row.0).ok_or(ModelError::Unknown(feed.row.0))?;
            fresh.push(row.cross.is_none());
        }
        let new = || feeds.iter().zip(&fresh).filter(|(_, fresh)| **fresh).map(|(feed, _)| feed);
        let sentences: Vec<&[u32]> = new().map(|feed| feed.tokens).collect();
        if !sentences.is_empty() {
            for (feed, cross) in new().zip(self.cross(&sentences)?) {
                self.rows[feed.row.0].cross = Some(Arc::new(cross));
            }
        }
        Ok(fresh)
    }

    /// Runs tokens of translations through the decoder: `[tokens, width]`. After an error the rows of the step are in no
    /// useful state.
    fn decode(&mut self, feeds: &[(usize, &[u32])]) -> Result<Vec<f32>, ModelError> {
        let width = self.config.width;
        let mut hidden = Vec::new();
        let mut steps = Vec::with_capacity(feeds.len());
        for (id, tokens) in feeds {
            let row = self.rows.get_mut(*id).ok_or(ModelError::Unknown(*id))?;
            let cross = row.cross.clone().ok_or(ModelError::Unknown(*id))?;
            let mut memory = std::mem::take(&mut row.memory);
            let before = memory.len();
            self.fits(before + tokens.len())?;
            self.target.read(tokens, before, &mut hidden)?;
            memory.grow(tokens.len(), self.decoder.len(), width);
            steps.push(Step { cross, memory, tokens: tokens.len() });
        }
        for (index, layer) in self.decoder.iter().enumerate() {
            layer.forward(index, &mut hidden, &mut steps);
        }
        for ((id, _), step) in feeds.iter().zip(steps) {
            self.rows[*id].memory = step.memory;
        }
        Ok(hidden)
    }

    /// Logits behind every token of a translation, the start token included, for measuring the network against its
    /// reference.
    pub fn score(
        &mut self,
        source: &[u32],
        translation: &[u32],
        shortlist: ShortlistId,
    ) -> Result<Vec<Logits>, ModelError> {
        let row = self.open(None)?;
        let read = self.read_sources(&[Feed { row, tokens: source, shortlist }]);
        let tokens = [&[self.config.start], translation].concat();
        let hidden = read.and_then(|_| self.decode(&[(row.0, &tokens)]));
        self.close(row);
        self.output.logits(&hidden?, self.config.width, &vec![shortlist; tokens.len()])
    }
}

impl Network for Marian {
    /// Tokens that may be copied may come anywhere: of a vocabulary made for two languages, few are of others.
    fn restrict(&mut self, vocabularies: &[Vocabulary]) -> Result<(), ModelError> {
        let allowed = |token: &u32| self.config.forbidden.binary_search(token).is_err();
        let all = |Vocabulary { common, copied }: &Vocabulary| {
            common.iter().chain(copied).copied().filter(allowed).collect()
        };
        let vocabularies: Vec<Vec<u32>> = vocabularies.iter().map(all).collect();
        self.output.restrict(self.config.width, &vocabularies)
    }

    fn prefix(&mut self, _tokens: &[u32]) -> Result<PrefixId, ModelError> {
        Err(ModelError::Prefix)
    }

    fn open(&mut self, prefix: Option<PrefixId>) -> Result<RowId, ModelError> {
        match prefix {
            Some(_) => Err(ModelError::Prefix),
            None => Ok(RowId(self.rows.insert(Row::default()))),
        }
    }

    fn fork(&mut self, row: RowId) -> Result<RowId, ModelError> {
        let copy = self.rows.get(row.0).ok_or(ModelError::Unknown(row.0))?.clone();
        Ok(RowId(self.rows.insert(copy)))
    }

    fn close(&mut self, row: RowId) {
        self.rows.try_remove(row.0);
    }

    fn reset(&mut self) {
        self.rows.clear();
    }

    fn step(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<Logits>, ModelError> {
        let fresh = self.read_sources(feeds)?;
        let start = [self.config.start];
        let tokens: Vec<(usize, &[u32])> = feeds
            .iter()
            .zip(fresh)
            .map(|(feed, fresh)| (feed.row.0, if fresh { &start } else { feed.tokens }))
            .collect();
        let hidden = self.decode(&tokens)?;
        let width = self.config.width;
        let mut last = Vec::with_capacity(feeds.len() * width);
        let mut end = 0;
        for (id, tokens) in &tokens {
            end += tokens.len() * width;
            let begin = end.checked_sub(width).filter(|_| !tokens.is_empty());
            last.extend_from_slice(&hidden[begin.ok_or(ModelError::Unknown(*id))?..end]);
        }
        let shortlists: Vec<ShortlistId> = feeds.iter().map(|feed| feed.shortlist).collect();
        self.output.logits(&last, width, &shortlists)
    }
}
