//! The shared part of all encoder-decoders: rows that read a source once and then grow. [`Stacks`] has the layers.
//!
//! The first feed of a row is the source. The network encodes it, keeps its keys and values for the decoder, and returns the
//! logits after the decoder's start token. Later feeds are target tokens ("the answer"). The tokens of all rows in a step form
//! one flat batch `[tokens, width]` without padding; only attention separates the rows.

mod attention;
mod memory;
mod output;
mod rows;

use std::sync::Arc;

use rayon::prelude::*;

pub use self::{
    attention::Heads,
    memory::{Cells, DecoderState, Memory},
    rows::{Aligning, Step},
};
use self::{
    output::{Candidates, Choice},
    rows::{Cross, Watched},
};
pub(super) use self::{
    output::{FileProjection, Output, Projection, picked_bias},
    rows::{Distances, attend_before, attend_source, attend_within, tokens},
};
use super::{
    Feed, Logits, ModelError, Network, PrefixId, RowId, ShortlistId, Vocabulary, checkpoint::FileMatrix,
    int8::Source, linear::Linear, rows::Rows,
};

/// The layers of an encoder-decoder. They do not manage rows.
pub trait Stacks: Send + Sync {
    /// The configuration of the network.
    type Config;

    /// The decoder's state for a row's own tokens.
    type State: DecoderState;

    fn config(&self) -> &Self::Config;

    /// Size of a token's hidden state.
    fn width(&self) -> usize;

    /// Most tokens of a source or of an answer.
    fn positions(&self) -> usize;

    /// The decoder's start token.
    fn start(&self) -> u32;

    /// Tokens that never get logits, in ascending order.
    fn forbidden(&self) -> &[u32];

    /// Encodes sources: `[tokens of all, width]`. No source has more than [`Self::positions`] tokens.
    fn encode(&self, sources: &[&[u32]]) -> Result<Vec<f32>, ModelError>;

    /// The candidates for the answer to a source, in ascending order, if the source determines them. They replace the shortlists
    /// of the row's feeds. [`Self::forbidden`] tokens are removed from them.
    fn candidates(&self, source: &[u32]) -> Option<Vec<u32>> {
        let _ = source;
        None
    }

    /// The attention that aligns answers with sources. The default is the penultimate layer, averaged over its heads: it aligns
    /// best in models that were not trained to align (Garg et al. 2019).
    fn aligning(&self) -> Aligning {
        Aligning { layer: self.look_ups().count().saturating_sub(2), heads: usize::MAX }
    }

    /// For each decoder layer, the projection `[2 heads, width]` of an encoded source to keys and values, and the heads of its
    /// self-attention and cross-attention.
    fn look_ups(&self) -> impl Iterator<Item = (&Linear, Heads)>;

    /// Appends the embeddings of answer tokens, whose positions start at `first`.
    fn embed(&self, tokens: &[u32], first: usize, hidden: &mut Vec<f32>) -> Result<(), ModelError>;

    /// Runs the decoder over answer tokens `[tokens, width]`.
    fn decode(&self, hidden: Vec<f32>, rows: &mut [Step<Self::State>]) -> Vec<f32>;
}

/// The embedding of a token.
pub(super) fn vector(embedding: &FileMatrix, token: u32) -> Result<Vec<f32>, ModelError> {
    match token as usize {
        index if index < embedding.outputs() => embedding.row(index),
        _ => Err(ModelError::Token(token)),
    }
}

/// Rows that one thread takes at least. With fewer, reading all weights again costs more than it saves.
const MIN_ROWS: usize = 4;

/// The share of one thread, at least `least`, if all of them take part.
fn share(count: usize, least: usize) -> usize {
    count.div_ceil(rayon::current_num_threads()).max(least)
}

/// A source and its answer so far.
#[derive(Clone, Default)]
struct Row<M> {
    /// `None` until the row has read its source.
    cross: Option<Arc<Cross>>,
    /// `None` if the source does not determine the candidates.
    candidates: Option<Arc<Candidates>>,
    memory: M,
}

/// A loaded encoder-decoder.
pub struct EncoderDecoder<S: Stacks> {
    stacks: S,
    output: Output,
    rows: Rows<Row<S::State>>,
}

impl<S: Stacks> EncoderDecoder<S> {
    pub(super) fn new(stacks: S, output: Output) -> Self {
        Self { stacks, output, rows: Rows::default() }
    }

    /// The configuration of the network.
    pub fn config(&self) -> &S::Config {
        self.stacks.config()
    }

    /// Encodes sources: `[tokens of all, width]`. Tests compare this with the reference.
    pub fn encode(&self, sources: &[&[u32]]) -> Result<Vec<f32>, ModelError> {
        sources.iter().try_for_each(|source| self.fits(source.len()))?;
        self.stacks.encode(sources)
    }

    fn fits(&self, tokens: usize) -> Result<(), ModelError> {
        let most = self.stacks.positions();
        if tokens <= most { Ok(()) } else { Err(ModelError::TooLong { tokens, most }) }
    }

    /// Reads the sources of the rows that have read nothing yet. Returns which of the feeds were sources.
    fn read_sources(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<bool>, ModelError> {
        let mut fresh = Vec::with_capacity(feeds.len());
        for feed in feeds {
            let row = self.rows.get(feed.row)?;
            fresh.push(row.cross.is_none());
        }
        let new = || feeds.iter().zip(&fresh).filter(|(_, fresh)| **fresh).map(|(feed, _)| feed);
        let sources: Vec<&[u32]> = new().map(|feed| feed.tokens).collect();
        if !sources.is_empty() {
            let groups = sources.par_chunks(share(sources.len(), 1)).map(|sources| self.read(sources));
            let read: Vec<_> =
                groups.collect::<Result<Vec<_>, ModelError>>()?.into_iter().flatten().collect();
            for (feed, (cross, candidates)) in new().zip(read) {
                let row = self.rows.get_mut(feed.row)?;
                (row.cross, row.candidates) = (Some(Arc::new(cross)), candidates.map(Arc::new));
            }
        }
        Ok(fresh)
    }

    /// Reads sources: what the decoder looks up in each of them, and the candidates for its answer.
    fn read(&self, sources: &[&[u32]]) -> Result<Vec<(Cross, Option<Candidates>)>, ModelError> {
        let hidden = self.encode(sources)?;
        let lengths: Vec<usize> = sources.iter().map(|source| source.len()).collect();
        let crosses = Cross::all(&hidden, &lengths, self.stacks.look_ups());
        crosses
            .into_iter()
            .zip(sources)
            .map(|(cross, source)| Ok((cross, self.candidates(source)?)))
            .collect()
    }

    /// The candidates for the answer to a source; `None` if the source does not determine them.
    fn candidates(&self, source: &[u32]) -> Result<Option<Candidates>, ModelError> {
        let Some(mut ids) = self.stacks.candidates(source) else { return Ok(None) };
        ids.retain(|token| self.stacks.forbidden().binary_search(token).is_err());
        self.output.gather(ids).map(Some)
    }

    /// The candidates of a row: its own, or else those of the shortlist.
    fn choice(&self, row: RowId, shortlist: ShortlistId) -> Result<Choice, ModelError> {
        let own = self.rows.get(row)?.candidates.clone();
        Ok(own.map_or(Choice::Shortlist(shortlist), Choice::Own))
    }

    /// Runs the decoder over answer tokens: `[tokens, width]`. Appends attention weights to `watched`. After an error, the state
    /// of the rows in this step is lost.
    fn decode(
        &mut self,
        feeds: &[(RowId, &[u32])],
        mut watched: Option<&mut Watched>,
    ) -> Result<Vec<f32>, ModelError> {
        let (layers, width) =
            self.stacks.look_ups().fold((0, 0), |(count, _), (_, heads)| (count + 1, heads.width()));
        let mut hidden = Vec::new();
        let mut steps = Vec::with_capacity(feeds.len());
        for (id, tokens) in feeds {
            let row = self.rows.get_mut(*id)?;
            let cross = row.cross.clone().ok_or(ModelError::Unknown(id.0))?;
            let mut memory = std::mem::take(&mut row.memory);
            let before = memory.tokens();
            self.fits(before + tokens.len())?;
            self.stacks.embed(tokens, before, &mut hidden)?;
            memory.grow(tokens.len(), layers, width);
            let watched = watched.as_ref().map(|watched| Watched { at: watched.at, weights: Vec::new() });
            steps.push(Step { cross, memory, tokens: tokens.len(), watched });
        }
        let hidden = self.decode_groups(hidden, &mut steps);
        for ((id, _), step) in feeds.iter().zip(steps) {
            self.rows.get_mut(*id)?.memory = step.memory;
            if let Some((all, own)) = watched.as_mut().zip(step.watched) {
                all.weights.extend(own.weights);
            }
        }
        Ok(hidden)
    }

    /// Runs the decoder over `[tokens, width]`, with the rows shared among the threads: they do not depend on each other, and
    /// whole layers need the threads to meet less often than single products do.
    fn decode_groups(&self, mut hidden: Vec<f32>, steps: &mut [Step<S::State>]) -> Vec<f32> {
        let share = share(steps.len(), MIN_ROWS);
        if steps.len() <= share {
            return self.stacks.decode(hidden, steps);
        }
        let width = self.stacks.width();
        let mut groups = Vec::new();
        for steps in steps.chunks_mut(share) {
            let rest = hidden.split_off(rows::tokens(steps) * width);
            groups.push((std::mem::replace(&mut hidden, rest), steps));
        }
        groups.into_par_iter().flat_map_iter(|(hidden, steps)| self.stacks.decode(hidden, steps)).collect()
    }

    /// Logits after the start token and after each token of a given answer. Tests compare this with the reference.
    pub fn score(
        &mut self,
        source: &[u32],
        answer: &[u32],
        shortlist: ShortlistId,
    ) -> Result<Vec<Logits>, ModelError> {
        self.forced(source, answer, None, |network, row, hidden| {
            let choice = network.choice(row, shortlist)?;
            network.output.logits(&hidden, network.stacks.width(), &vec![choice; answer.len() + 1])
        })
    }

    /// Runs the decoder over the start token and a given answer. Passes its output `[answer + 1, width]` to `then`.
    fn forced<T>(
        &mut self,
        source: &[u32],
        answer: &[u32],
        watched: Option<&mut Watched>,
        then: impl FnOnce(&Self, RowId, Vec<f32>) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        let row = self.open(None)?;
        let read = self.read_sources(&[Feed { row, tokens: source, shortlist: ShortlistId(0) }]);
        let tokens = [&[self.stacks.start()], answer].concat();
        let hidden = read.and_then(|_| self.decode(&[(row, &tokens)], watched));
        let answer = hidden.and_then(|hidden| then(self, row, hidden));
        self.close(row);
        answer
    }
}

impl<S: Stacks> Network for EncoderDecoder<S> {
    /// Merges `copied` into `common`: these vocabularies serve few languages, so few tokens belong to others.
    fn restrict(&mut self, vocabularies: &[Vocabulary]) -> Result<(), ModelError> {
        let allowed = |token: &u32| self.stacks.forbidden().binary_search(token).is_err();
        let all = |Vocabulary { common, copied }: &Vocabulary| {
            common.iter().chain(copied).copied().filter(allowed).collect()
        };
        let vocabularies: Vec<Vec<u32>> = vocabularies.iter().map(all).collect();
        self.output.restrict(&vocabularies)
    }

    /// Uses the attention of [`Stacks::aligning`].
    fn align(&mut self, source: &[u32], answer: &[u32]) -> Result<Option<Vec<Vec<f32>>>, ModelError> {
        let mut watched = Watched { at: self.stacks.aligning(), weights: Vec::new() };
        self.forced(source, answer, Some(&mut watched), |_, _, _| Ok(()))?;
        Ok(Some(watched.weights))
    }

    fn prefix(&mut self, _tokens: &[u32]) -> Result<PrefixId, ModelError> {
        Err(ModelError::Prefix)
    }

    fn open(&mut self, prefix: Option<PrefixId>) -> Result<RowId, ModelError> {
        match prefix {
            Some(_) => Err(ModelError::Prefix),
            None => Ok(self.rows.open(Row::default())),
        }
    }

    fn fork(&mut self, row: RowId) -> Result<RowId, ModelError> {
        self.rows.fork(row)
    }

    fn close(&mut self, row: RowId) {
        self.rows.close(row);
    }

    fn reset(&mut self) {
        self.rows.clear();
    }

    fn step(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<Logits>, ModelError> {
        let fresh = self.read_sources(feeds)?;
        let start = [self.stacks.start()];
        let tokens: Vec<(RowId, &[u32])> = feeds
            .iter()
            .zip(fresh)
            .map(|(feed, fresh)| (feed.row, if fresh { &start } else { feed.tokens }))
            .collect();
        let hidden = self.decode(&tokens, None)?;
        let width = self.stacks.width();
        let mut last = Vec::with_capacity(feeds.len() * width);
        let mut end = 0;
        for (id, tokens) in &tokens {
            end += tokens.len() * width;
            let begin = end.checked_sub(width).filter(|_| !tokens.is_empty());
            last.extend_from_slice(&hidden[begin.ok_or(ModelError::Unknown(id.0))?..end]);
        }
        let choices = feeds.iter().map(|feed| self.choice(feed.row, feed.shortlist));
        self.output.logits(&last, width, &choices.collect::<Result<Vec<_>, _>>()?)
    }
}
