use super::*;

const STOP: u32 = 0;

fn search(beam_size: usize, max_new_tokens: usize) -> Search {
    let options = SearchOptions::new(beam_size, max_new_tokens, [STOP].into());
    Search::new(SearchOptions { stop_loops: true, ..options })
}

/// Logits that give token `i` the probability `probabilities[i]`.
fn logits(probabilities: &[f32]) -> Logits {
    Logits {
        ids: (0..probabilities.len() as u32).collect(),
        copied: Default::default(),
        values: probabilities.iter().map(|p| p.ln()).collect(),
    }
}

#[test]
fn greedy_takes_the_best_token_until_it_stops() {
    let mut search = search(1, 10);
    let next = search.advance(&[logits(&[0.1, 0.2, 0.7])]);
    assert_eq!(next, Advance::Continue(vec![Branch { parent: 0, token: 2 }]));
    let Advance::Done(best) = search.advance(&[logits(&[0.8, 0.1, 0.1])]) else {
        panic!("the search continues")
    };
    assert_eq!((best[0].tokens.clone(), best[0].finish), (vec![2], Finish::Stopped));
    assert!((best[0].score - (0.7f32.ln() + 0.8f32.ln()) / 2.0).abs() < 1e-6);
}

#[test]
fn a_beam_finds_what_greedy_misses() {
    let mut search = search(2, 10);
    let next = search.advance(&[logits(&[0.0, 0.6, 0.4])]);
    let Advance::Continue(branches) = next else { panic!("the search is done") };
    assert_eq!(branches.iter().map(|branch| branch.token).collect::<Vec<_>>(), [1, 2]);
    // After token 1 nothing is likely; after token 2 the stop is certain.
    search.advance(&[logits(&[0.2, 0.4, 0.4]), logits(&[1.0, 0.0, 0.0])]);
    let Advance::Done(best) = search.advance(&[logits(&[0.5, 0.5, 0.0]), logits(&[0.5, 0.5, 0.0])]) else {
        panic!("the search continues")
    };
    assert_eq!(best[0].tokens, [2]);
}

#[test]
fn two_stop_tokens_end_one_hypothesis() {
    let options = SearchOptions { stops: [0, 1].into(), ..search(2, 10).options };
    let mut search = Search::new(options);
    // Both stops are likelier than the rest; the beam still keeps two live hypotheses.
    let next = search.advance(&[logits(&[0.4, 0.35, 0.15, 0.1])]);
    let Advance::Continue(branches) = next else { panic!("the search is done") };
    assert_eq!(branches.iter().map(|branch| branch.token).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_stop_before_the_minimum_length_is_ignored() {
    let options = SearchOptions { min_new_tokens: 1, ..search(1, 10).options };
    let mut search = Search::new(options);
    let next = search.advance(&[logits(&[0.9, 0.02, 0.08])]);
    assert_eq!(next, Advance::Continue(vec![Branch { parent: 0, token: 2 }]));
    let Advance::Done(best) = search.advance(&[logits(&[0.8, 0.1, 0.1])]) else {
        panic!("the search continues")
    };
    assert_eq!(best[0].tokens, [2]);
}

#[test]
fn the_maximum_length_ends_a_hypothesis() {
    let mut search = search(1, 2);
    search.advance(&[logits(&[0.1, 0.9])]);
    let Advance::Done(best) = search.advance(&[logits(&[0.1, 0.4, 0.5])]) else {
        panic!("the search continues")
    };
    assert_eq!((best[0].tokens.clone(), best[0].finish), (vec![1, 2], Finish::Length));
}

#[test]
fn a_loop_is_cut_after_its_first_round() {
    let mut search = search(1, 100);
    for _ in 0..14 {
        assert!(matches!(search.advance(&[logits(&[0.1, 0.9])]), Advance::Continue(_)));
    }
    let Advance::Done(best) = search.advance(&[logits(&[0.1, 0.9])]) else { panic!("the search continues") };
    assert_eq!((best[0].tokens.clone(), best[0].finish), (vec![1], Finish::Repetition));
}

#[test]
fn the_next_best_token_replaces_a_forbidden_repetition() {
    for (said, expected) in [(vec![], vec![1, 1, 2, 1]), (vec![1, 1], vec![1, 2, 1])] {
        let no_repeat = Some(NoRepeat { ngram: 2, said: said.into() });
        let mut search = Search::new(SearchOptions { no_repeat, ..search(1, 100).options });
        let mut tokens = Vec::new();
        for _ in 0..4 {
            if let Advance::Continue(branches) = search.advance(&[logits(&[0.1, 0.6, 0.3])]) {
                tokens.push(branches[0].token);
            } else {
                break;
            }
        }
        assert_eq!(tokens, expected);
    }
}

#[test]
fn a_patient_search_continues_while_a_live_hypothesis_is_ahead() {
    let run = |patience| {
        let mut search = Search::new(SearchOptions { patience, ..search(2, 10).options });
        search.advance(&[logits(&[0.0, 0.6, 0.4])]);
        // Both may end; their other continuations stay likely.
        let rows = [logits(&[0.55, 0.45, 0.0]), logits(&[0.6, 0.0, 0.4])];
        let mut advance = search.advance(&rows);
        for _ in 0..6 {
            let Advance::Continue(branches) = &advance else { break };
            let rows: Vec<_> = branches.iter().map(|_| logits(&[0.05, 0.9, 0.05])).collect();
            advance = search.advance(&rows);
        }
        advance
    };
    let Advance::Done(early) = run(Patience::Full) else { panic!("a full beam is the end") };
    assert_eq!(early[0].tokens, [1]);
    assert!(matches!(run(Patience::Hopeless), Advance::Continue(_)));
}

#[test]
fn a_patient_search_ignores_a_stop_that_is_not_among_the_best() {
    let mut search = Search::new(SearchOptions { patience: Patience::Hopeless, ..search(2, 3).options });
    // The stop is third, so a beam of two does not see it.
    search.advance(&[logits(&[0.2, 0.5, 0.3])]);
    assert!(search.finished.is_empty());
    search.advance(&[logits(&[0.0, 0.5, 0.5]), logits(&[0.0, 0.5, 0.5])]);
    let Advance::Done(best) = search.advance(&[logits(&[0.0, 0.9, 0.1]), logits(&[0.0, 0.9, 0.1])]) else {
        panic!("the search continues")
    };
    // At the maximum length the end costs nothing and counts as a token.
    assert_eq!((best[0].tokens.len(), best[0].finish), (3, Finish::Length));
    assert!((best[0].score - (0.5f32 * 0.5 * 0.9).ln() / 4.0).abs() < 1e-6);
}

#[test]
fn other_hypotheses_follow_the_best() {
    let mut search = search(2, 10);
    search.advance(&[logits(&[0.0, 0.6, 0.4])]);
    let Advance::Done(best) = search.advance(&[logits(&[0.9, 0.1, 0.0]), logits(&[0.8, 0.2, 0.0])]) else {
        panic!("the search continues")
    };
    assert_eq!(best.iter().map(|hypothesis| hypothesis.tokens.as_slice()).collect::<Vec<_>>(), [[1], [2]]);
    assert!(best[0].score > best[1].score);
}

#[test]
fn a_length_penalty_below_one_favours_short_hypotheses() {
    let run = |length_penalty| {
        let options = SearchOptions { patience: Patience::Hopeless, length_penalty, ..search(2, 10).options };
        let mut search = Search::new(options);
        // A stop at 0.3, or a second token and a stop that are certain.
        search.advance(&[logits(&[0.0, 0.9, 0.1])]);
        search.advance(&[logits(&[0.3, 0.0, 0.7]), logits(&[0.0, 0.5, 0.5])]);
        let mut advance = Advance::Continue(Vec::new());
        for _ in 0..8 {
            let rows: Vec<_> = search.live.iter().map(|_| logits(&[0.2, 0.8, 0.0])).collect();
            advance = search.advance(&rows);
            if matches!(advance, Advance::Done(_)) {
                break;
            }
        }
        let Advance::Done(best) = advance else { panic!("the search continues") };
        best[0].tokens.len()
    };
    assert_eq!(run(0.0), 1);
    assert!(run(1.0) > 1);
}

#[test]
fn a_hypothesis_far_behind_is_pruned() {
    let first = [logits(&[0.0, 0.7, 0.2, 0.1])];
    for (prune, live) in [(f32::INFINITY, vec![1, 2, 3]), (1.5, vec![1, 2]), (0.5, vec![1])] {
        let mut search = Search::new(SearchOptions { prune, ..search(3, 10).options });
        let Advance::Continue(branches) = search.advance(&first) else { panic!("the search is done") };
        assert_eq!(branches.iter().map(|branch| branch.token).collect::<Vec<_>>(), live, "{prune}");
    }
}

#[test]
fn a_beam_widens_again_after_pruning() {
    let mut search = Search::new(SearchOptions { prune: 0.5, ..search(2, 10).options });
    search.advance(&[logits(&[0.0, 0.8, 0.2])]);
    let next = search.advance(&[logits(&[0.0, 0.5, 0.5])]);
    let Advance::Continue(branches) = next else { panic!("the search is done") };
    assert_eq!(branches.len(), 2);
}
