//! Marian equals Transformers: the encoder's output and the logits of every step within 1e-4 in 32 bits, and the same ids with
//! beams of one and four, alone and in a batch of mixed lengths. A row does not depend on its neighbours.

use std::{collections::HashMap, fs, path::Path};

use serde::Deserialize;
use triglot::{
    decode::SearchOptions,
    model::{
        Feed, ModelError, Network, ShortlistId, Vocabulary,
        checkpoint::Checkpoint,
        linear::Precision,
        marian::{Marian, MarianConfig},
    },
};

use crate::support::search::{
    Expected, TOLERANCE, assert_same_ids, assert_same_scores, body, furthest, like_transformers, search,
};

#[derive(Deserialize)]
struct Reference {
    tiny: Cases,
    tc: Cases,
}

#[derive(Deserialize)]
struct Cases {
    /// Ids whose logits are in the reference.
    probes: Vec<u32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    source: Vec<u32>,
    beam1: Vec<u32>,
    beam4: Vec<u32>,
    /// Score of the best hypothesis of a beam of four.
    score: f32,
    /// `[tokens, width]`
    encoder: Option<Vec<f32>>,
    /// `[steps, probes]`
    logits: Option<Vec<Vec<f32>>>,
    /// `[steps, source]`: mean over the heads of the last layer but one.
    attention: Option<Vec<Vec<f32>>>,
    /// All hypotheses of a beam of four, best first, and their scores.
    best4: Vec<Vec<u32>>,
    scores4: Vec<f32>,
    /// The best hypothesis of a beam of four with a length penalty of 0.2.
    short: Vec<u32>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("reference/marian.json")).expect("the reference is JSON")
}

fn network(folder: &Path, precision: Precision) -> Marian {
    let read = |name| fs::read_to_string(folder.join(name)).expect("the fixture has its files");
    let config = MarianConfig::parse(&read("config.json"), Some(&read("generation_config.json")));
    let config = config.expect("the configuration is supported");
    let checkpoint = Checkpoint::open(folder).expect("the weights can be read");
    let tokens = config.target_vocabulary as u32;
    let mut network = Marian::load(&checkpoint, config, precision).expect("the network loads");
    network
        .restrict(&[Vocabulary { common: (0..tokens).collect(), copied: Vec::new() }])
        .expect("the vocabulary is the model's");
    network
}

fn fixture(name: &str, precision: Precision) -> Marian {
    network(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name), precision)
}

/// The largest differences of the encoder output and of the logits.
fn differences(network: &mut Marian, reference: &Cases) -> (f32, f32) {
    let (mut encoder, mut logits) = (0.0f32, 0.0f32);
    for case in &reference.cases {
        let (Some(encoded), Some(steps)) = (&case.encoder, &case.logits) else { continue };
        encoder = encoder.max(furthest(&network.encode(&[&case.source]).expect("it encodes"), encoded));
        let scored = network.score(&case.source, &case.beam1, ShortlistId(0)).expect("it scores");
        assert_eq!(scored.len(), steps.len());
        for (ours, theirs) in scored.iter().zip(steps) {
            let place: HashMap<u32, f32> = ours.iter().collect();
            for (probe, theirs) in reference.probes.iter().zip(theirs) {
                // Forbidden ids have no logit here.
                if let Some(ours) = place.get(probe) {
                    logits = logits.max((ours - theirs).abs());
                }
            }
        }
    }
    (encoder, logits)
}

fn same_ids(network: &mut Marian, reference: &Cases, max_length: usize) {
    let expected: Vec<_> = reference
        .cases
        .iter()
        .map(|Case { source, beam1, beam4, score, .. }| Expected { source, beam1, beam4, score: *score })
        .collect();
    let end = network.config().end;
    assert_same_ids(network, end, &expected, max_length);
}

#[test]
fn the_trained_model_equals_transformers() {
    let Reference { tiny, .. } = reference();
    let mut network = fixture("marian-tiny", Precision::F32);
    let (encoder, logits) = differences(&mut network, &tiny);
    println!("largest differences: encoder {encoder:e}, logits {logits:e}");
    assert!(encoder < TOLERANCE && logits < TOLERANCE, "{encoder} {logits}");
    same_ids(&mut network, &tiny, 200);
}

#[test]
fn a_model_with_two_vocabularies_and_other_sizes_equals_transformers() {
    let Reference { tc, .. } = reference();
    let mut network = fixture("marian-tiny-tc", Precision::F32);
    let (encoder, logits) = differences(&mut network, &tc);
    println!("largest differences: encoder {encoder:e}, logits {logits:e}");
    assert!(encoder < TOLERANCE && logits < TOLERANCE, "{encoder} {logits}");
    same_ids(&mut network, &tc, 40);
}

/// `TRIGLOT_MARIAN_FULL` is a folder written by `tests/reference/marian.py --full`.
#[test]
#[ignore = "needs a model of 300 MB that is made first"]
fn a_random_model_of_full_size_equals_transformers() {
    let folder = std::env::var_os("TRIGLOT_MARIAN_FULL").expect("TRIGLOT_MARIAN_FULL names a folder");
    let folder = Path::new(&folder);
    let reference = fs::read_to_string(folder.join("reference.json")).expect("there is a reference");
    let reference: Cases = serde_json::from_str(&reference).expect("the reference is JSON");
    let mut network = network(folder, Precision::F32);
    let (encoder, logits) = differences(&mut network, &reference);
    println!("largest differences in 32 bits: encoder {encoder:e}, logits {logits:e}");
    assert!(encoder < TOLERANCE && logits < TOLERANCE, "{encoder} {logits}");
    same_ids(&mut network, &reference, 32);
    let (encoder, logits) = differences(&mut self::network(folder, Precision::Int8), &reference);
    println!("largest differences in 8 bits: encoder {encoder:e}, logits {logits:e}");
}

#[test]
fn all_hypotheses_equal_transformers_with_two_length_penalties() {
    let Reference { tiny, tc } = reference();
    let mut differ = 0;
    for (name, reference, max_length) in [("marian-tiny", tiny, 200), ("marian-tiny-tc", tc, 40)] {
        let mut network = fixture(name, Precision::F32);
        let end = network.config().end;
        let options = like_transformers(end, 4, max_length);
        let favouring_short = SearchOptions { length_penalty: 0.2, ..options.clone() };
        for case in &reference.cases {
            let best = search(&mut network, &[&case.source], &options).remove(0);
            let expected: Vec<&[u32]> = case.best4.iter().map(|ids| body(end, ids)).collect();
            assert_eq!(best.iter().map(|best| best.tokens.as_slice()).collect::<Vec<_>>(), expected);
            assert_same_scores(&best, &case.scores4);
            let short = search(&mut network, &[&case.source], &favouring_short).remove(0);
            assert_eq!(short[0].tokens, body(end, &case.short));
            differ += usize::from(case.short != case.beam4);
        }
    }
    assert!(differ > 0, "the penalty of the references changes something");
}

#[test]
fn alignment_equals_the_cross_attention_of_transformers() {
    let Reference { tiny, tc } = reference();
    for (name, reference) in [("marian-tiny", tiny), ("marian-tiny-tc", tc)] {
        let mut network = fixture(name, Precision::F32);
        for case in &reference.cases {
            let Some(expected) = &case.attention else { continue };
            let alignment = network.align(&case.source, &case.beam1).expect("it aligns");
            let alignment = alignment.expect("its attention aligns");
            assert_eq!(alignment.len(), expected.len());
            for (ours, theirs) in alignment.iter().zip(expected) {
                assert_eq!(ours.len(), case.source.len());
                assert!((ours.iter().sum::<f32>() - 1.0).abs() < TOLERANCE);
                assert!(ours.iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() < TOLERANCE));
            }
        }
    }
}

#[test]
fn int8_translates_nearly_all_sentences_as_f32() {
    let Reference { tiny, .. } = reference();
    let mut network = fixture("marian-tiny", Precision::Int8);
    let sources: Vec<&[u32]> = tiny.cases.iter().map(|case| case.source.as_slice()).collect();
    let end = network.config().end;
    let options = like_transformers(end, 4, 200);
    let translated = search(&mut network, &sources, &options);
    let same = tiny.cases.iter().zip(&translated);
    let same = same.filter(|(case, ours)| ours[0].tokens == body(end, &case.beam4)).count();
    println!("{same} of {} are equal", sources.len());
    assert!(same * 10 >= sources.len() * 9, "{same} of {}", sources.len());
}

#[test]
fn a_row_does_not_depend_on_its_batch_or_its_steps() {
    let Reference { tiny, .. } = reference();
    for precision in [Precision::F32, Precision::Int8] {
        let mut network = fixture("marian-tiny", precision);
        let case = &tiny.cases[0];
        let feed = |row, tokens| Feed { row, tokens, shortlist: ShortlistId(0) };
        let expected = network.score(&case.source, &case.beam1, ShortlistId(0)).expect("it scores");
        let row = network.open(None).expect("a row opens");
        let neighbours: Vec<_> = (0..5).map(|_| network.open(None).expect("a row opens")).collect();
        let mut feeds: Vec<_> =
            neighbours.iter().zip(&tiny.cases[1..]).map(|(row, case)| feed(*row, &case.source)).collect();
        feeds.insert(2, feed(row, &case.source));
        let first = network.step(&feeds).expect("it steps").remove(2);
        assert_eq!(first.values, expected[0].values);
        for (tokens, step) in case.beam1.chunks(3).zip((3..).step_by(3)) {
            let copy = network.fork(row).expect("it forks");
            let others: Vec<_> = neighbours.iter().map(|row| feed(*row, &tokens[..1])).collect();
            let feeds = [others, vec![feed(row, tokens), feed(copy, tokens)]].concat();
            let logits = network.step(&feeds).expect("it steps");
            let last = step.min(case.beam1.len());
            assert_eq!(logits[5].values, expected[last].values);
            assert_eq!(logits[6].values, expected[last].values, "a fork continues as its parent does");
            network.close(copy);
        }
    }
}

#[test]
fn a_forbidden_id_has_no_logit() {
    let mut network = fixture("marian-tiny", Precision::Int8);
    let logits = network.score(&[5, 0], &[7, 8], ShortlistId(0)).expect("it scores");
    let (start, tokens) = (network.config().start, network.config().target_vocabulary);
    assert!(logits.iter().all(|logits| logits.ids.len() == tokens - 1 && !logits.ids.contains(&start)));
}

#[test]
fn too_many_tokens_and_unknown_ids_are_errors() {
    let mut network = fixture("marian-tiny", Precision::Int8);
    let row = network.open(None).expect("a row opens");
    let mut step = |tokens: &[u32]| network.step(&[Feed { row, tokens, shortlist: ShortlistId(0) }]);
    assert!(matches!(step(&[1; 513]), Err(ModelError::TooLong { tokens: 513, most: 512 })));
    assert!(matches!(step(&[60_000]), Err(ModelError::Token(60_000))));
    step(&[1; 512]).expect("all positions can be used");
    assert!(step(&[1; 512]).is_err(), "the start token has taken one");
    assert!(matches!(network.prefix(&[1]), Err(ModelError::Prefix)));
}
