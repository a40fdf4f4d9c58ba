//! Beam search with the settings of Transformers over the rows of a network, for the references of the encoder-decoders.

use triglot::{
    decode::{Advance, Branch, Hypothesis, Patience, Search, SearchOptions},
    model::{Feed, Network, RowId, ShortlistId},
};

/// Maximum difference from Transformers in 32 bits.
pub const TOLERANCE: f32 = 1e-4;

/// The result of Transformers for a source.
pub struct Expected<'a> {
    pub source: &'a [u32],
    /// Ids with a beam of one, including the end token if there is one.
    pub beam1: &'a [u32],
    /// Ids with a beam of four, which have the score `score`.
    pub beam4: &'a [u32],
    pub score: f32,
}

struct Running {
    search: Search,
    rows: Vec<(RowId, Vec<u32>)>,
    best: Option<Vec<Hypothesis>>,
}

/// The search options of Transformers. `max_length` includes the start token and the `end`.
pub fn like_transformers(end: u32, beam_size: usize, max_length: usize) -> SearchOptions {
    let options = SearchOptions::new(beam_size, max_length - 2, [end].into());
    SearchOptions { patience: Patience::Hopeless, ..options }
}

/// Decodes all sources in one batch; returns the best hypotheses of each.
pub fn search(
    network: &mut (impl Network + ?Sized),
    sources: &[&[u32]],
    options: &SearchOptions,
) -> Vec<Vec<Hypothesis>> {
    let mut all: Vec<Running> = sources
        .iter()
        .map(|source| Running {
            search: Search::new(options.clone()),
            rows: vec![(network.open(None).expect("a row opens"), source.to_vec())],
            best: None,
        })
        .collect();
    while all.iter().any(|running| running.best.is_none()) {
        let feeds: Vec<Feed<'_>> = all
            .iter()
            .flat_map(|running| &running.rows)
            .map(|(row, tokens)| Feed { row: *row, tokens, shortlist: ShortlistId(0) })
            .collect();
        let mut logits = network.step(&feeds).expect("it steps").into_iter();
        for running in all.iter_mut().filter(|running| running.best.is_none()) {
            let mine: Vec<_> = logits.by_ref().take(running.rows.len()).collect();
            let rows = std::mem::take(&mut running.rows);
            match running.search.advance(&mine) {
                Advance::Done(best) => running.best = Some(best),
                Advance::Continue(branches) => {
                    let fork = |branch: &Branch| {
                        (network.fork(rows[branch.parent].0).expect("it forks"), vec![branch.token])
                    };
                    running.rows = branches.iter().map(fork).collect();
                }
            }
            rows.iter().for_each(|(row, _)| network.close(*row));
        }
    }
    all.into_iter().filter_map(|running| running.best).collect()
}

/// Removes the end token, which is not part of a hypothesis.
pub fn body(end: u32, ids: &[u32]) -> &[u32] {
    ids.strip_suffix(&[end]).unwrap_or(ids)
}

/// The largest difference between two rows of numbers.
pub fn furthest(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Asserts that beams of one and of four give the results of Transformers, each source alone and all in one batch.
pub fn assert_same_ids(network: &mut impl Network, end: u32, expected: &[Expected<'_>], max_length: usize) {
    let sources: Vec<&[u32]> = expected.iter().map(|expected| expected.source).collect();
    for beam_size in [1, 4] {
        let options = like_transformers(end, beam_size, max_length);
        let together = search(network, &sources, &options);
        for (Expected { source, beam1, beam4, score }, together) in expected.iter().zip(together) {
            let alone = search(network, &[source], &options).remove(0);
            let ids = if beam_size == 1 { beam1 } else { beam4 };
            assert_eq!(alone[0].tokens, body(end, ids), "beam {beam_size}: {source:?}");
            assert_eq!(alone, together, "beam {beam_size}: {source:?}");
            if beam_size > 1 {
                assert_same_scores(&alone, &[*score]);
            }
        }
    }
}

pub fn assert_same_scores(ours: &[Hypothesis], theirs: &[f32]) {
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours.score - theirs).abs() < TOLERANCE, "{} instead of {theirs}", ours.score);
    }
}
