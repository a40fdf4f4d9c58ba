//! Beam search as Transformers does it, over the rows of a network: what encoder-decoders are compared in.

use triglot::{
    decode::{Advance, Branch, Hypothesis, Patience, Search, SearchOptions},
    model::{Feed, Network, RowId, ShortlistId},
};

struct Running {
    search: Search,
    rows: Vec<(RowId, Vec<u32>)>,
    best: Option<Vec<Hypothesis>>,
}

/// How it searches. `max_length` counts the start token and the `end`.
pub fn like_transformers(end: u32, beam_size: usize, max_length: usize) -> SearchOptions {
    let options = SearchOptions::new(beam_size, max_length - 2, [end].into());
    SearchOptions { patience: Patience::Hopeless, ..options }
}

/// Answers all sources side by side: the best hypotheses of each.
pub fn search(
    network: &mut impl Network,
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
