//! T5 and mT5 agree with Transformers: encoder output and logits of every step within 1e-4 in 32 bits, and the same ids with
//! beams of one and four, alone and in a batch of mixed lengths. A row does not depend on the other rows.

use std::{collections::HashMap, fs, path::Path, sync::Arc};

use serde::Deserialize;
use triglot::{
    decode::{NoRepeat, SearchOptions},
    model::{
        Feed, ModelError, Network, ShortlistId, Vocabulary,
        checkpoint::Checkpoint,
        linear::Precision,
        t5::{T5, T5Config},
    },
};

use crate::support::search::{
    Expected, TOLERANCE, assert_same_ids, body, furthest, like_transformers, search,
};

/// The reference does not generate it either.
const UNKNOWN: u32 = 2;

#[derive(Deserialize)]
struct Reference {
    mt5: Cases,
    t5: Cases,
}

#[derive(Deserialize)]
struct Cases {
    /// Ids whose logits are kept.
    probes: Vec<u32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    source: Vec<u32>,
    beam1: Vec<u32>,
    beam4: Vec<u32>,
    /// The output of a beam of four without repeated n-grams.
    unrepeated: Vec<u32>,
    /// The score of `beam4`.
    score: f32,
    #[serde(flatten)]
    detail: Option<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    /// Positions of the source whose encoder output is kept.
    places: Vec<usize>,
    /// `[places, width]`
    encoder: Vec<f32>,
    /// `[steps, probes]`
    logits: Vec<Vec<f32>>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("reference/t5.json")).expect("the reference is JSON")
}

fn load(folder: &Path, config: &str, precision: Precision) -> Result<T5, ModelError> {
    let generation = fs::read_to_string(folder.join("generation_config.json")).expect("it is there");
    T5::load(&Checkpoint::open(folder)?, T5Config::parse(config, Some(&generation))?, precision)
}

fn network(folder: &Path, precision: Precision) -> T5 {
    let config = fs::read_to_string(folder.join("config.json")).expect("the fixture has its files");
    let mut network = load(folder, &config, precision).expect("the network loads");
    let tokens = network.config().vocabulary as u32;
    let common = (0..tokens).filter(|token| *token != UNKNOWN).collect();
    let vocabulary = Vocabulary { common, copied: Vec::new() };
    network.restrict(&[vocabulary]).expect("the vocabulary is the model's");
    network
}

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

fn fixture(name: &str, precision: Precision) -> T5 {
    network(&folder(name), precision)
}

/// The largest differences of encoder output and of logits.
fn differences(network: &mut T5, reference: &Cases) -> (f32, f32) {
    let (mut encoder, mut logits) = (0.0f32, 0.0f32);
    let mut details = 0;
    for Case { source, beam1, detail, .. } in &reference.cases {
        let Some(Detail { places, encoder: encoded, logits: steps }) = detail else { continue };
        details += 1;
        let ours = network.encode(&[source]).expect("it encodes");
        let width = network.config().width;
        let ours: Vec<f32> =
            places.iter().flat_map(|place| &ours[place * width..][..width]).copied().collect();
        encoder = encoder.max(furthest(&ours, encoded));
        let scored = network.score(source, beam1, ShortlistId(0)).expect("it scores");
        assert_eq!(scored.len(), steps.len());
        for (ours, theirs) in scored.iter().zip(steps) {
            let place: HashMap<u32, f32> = ours.iter().collect();
            let ours: Vec<f32> = reference.probes.iter().map(|probe| place[probe]).collect();
            logits = logits.max(furthest(&ours, theirs));
        }
    }
    assert!(details > 2);
    (encoder, logits)
}

fn same_ids(network: &mut T5, reference: &Cases, max_length: usize) {
    let expected: Vec<_> = reference
        .cases
        .iter()
        .map(|Case { source, beam1, beam4, score, .. }| Expected { source, beam1, beam4, score: *score })
        .collect();
    let end = network.config().end;
    assert_same_ids(network, end, &expected, max_length);
    let ngram = network.config().no_repeat_ngram;
    assert!(ngram.is_some(), "the generation configuration forbids repetition");
    let no_repeat = ngram.map(|ngram| NoRepeat { ngram, said: Arc::default() });
    let options = SearchOptions { no_repeat, ..like_transformers(end, 4, max_length) };
    let sources: Vec<&[u32]> = expected.iter().map(|expected| expected.source).collect();
    let together = search(network, &sources, &options);
    for (case, ours) in reference.cases.iter().zip(together) {
        assert_eq!(ours[0].tokens, body(end, &case.unrepeated), "{:?}", case.source);
    }
}

#[test]
fn a_trained_model_agrees_with_transformers() {
    let Reference { mt5, .. } = reference();
    let mut network = fixture("mt5-tiny", Precision::F32);
    let longest = mt5.cases.iter().map(|case| case.source.len()).max();
    assert!(
        longest > Some(2 * network.config().buckets.max_distance),
        "sources leave the buckets: {longest:?}"
    );
    let (encoder, logits) = differences(&mut network, &mt5);
    println!("largest differences: encoder {encoder:e}, logits {logits:e}");
    assert!(encoder < TOLERANCE && logits < TOLERANCE, "{encoder} {logits}");
    same_ids(&mut network, &mt5, 84);
}

#[test]
fn a_model_with_tied_output_and_short_distances_agrees_with_transformers() {
    let Reference { t5, .. } = reference();
    let mut network = fixture("t5-tiny", Precision::F32);
    let longest = t5.cases.iter().map(|case| case.beam1.len()).max();
    assert!(
        longest > Some(2 * network.config().buckets.max_distance),
        "outputs leave the buckets: {longest:?}"
    );
    let (encoder, logits) = differences(&mut network, &t5);
    println!("largest differences: encoder {encoder:e}, logits {logits:e}");
    assert!(encoder < TOLERANCE && logits < TOLERANCE, "{encoder} {logits}");
    same_ids(&mut network, &t5, 48);
}

/// `TRIGLOT_T5_FULL` names a folder that `tests/reference/t5.py --full` wrote.
#[test]
#[ignore = "needs a generated model of 600 MB"]
fn a_random_model_of_full_size_agrees_with_transformers() {
    let folder = std::env::var_os("TRIGLOT_T5_FULL").expect("TRIGLOT_T5_FULL names a folder");
    let folder = Path::new(&folder);
    let reference = fs::read_to_string(folder.join("reference.json")).expect("there is a reference");
    let reference: Cases = serde_json::from_str(&reference).expect("the reference is JSON");
    let mut network = network(folder, Precision::F32);
    let (encoder, logits) = differences(&mut network, &reference);
    println!("largest differences in 32 bits: encoder {encoder:e}, logits {logits:e}");
    assert!(encoder < TOLERANCE && logits < TOLERANCE, "{encoder} {logits}");
    same_ids(&mut network, &reference, 32);
    drop(network);
    let (encoder, logits) = differences(&mut self::network(folder, Precision::Int8), &reference);
    println!("largest differences in 8 bits: encoder {encoder:e}, logits {logits:e}");
}

#[test]
fn eight_bits_give_nearly_the_same_outputs() {
    let Reference { mt5, .. } = reference();
    let mut network = fixture("mt5-tiny", Precision::Int8);
    let sources: Vec<&[u32]> = mt5.cases.iter().map(|case| case.source.as_slice()).collect();
    let end = network.config().end;
    let answers = search(&mut network, &sources, &like_transformers(end, 4, 84));
    let same = mt5.cases.iter().zip(&answers);
    let same = same.filter(|(case, ours)| ours[0].tokens == body(end, &case.beam4)).count();
    println!("{same} of {} outputs equal", sources.len());
    assert!(same * 10 >= sources.len() * 9, "{same} of {}", sources.len());
}

#[test]
fn a_row_is_the_same_alone_in_a_batch_and_in_any_steps() {
    let Reference { mt5, .. } = reference();
    for precision in [Precision::F32, Precision::Int8] {
        let mut network = fixture("mt5-tiny", precision);
        let case = &mt5.cases[0];
        let feed = |row, tokens| Feed { row, tokens, shortlist: ShortlistId(0) };
        let expected = network.score(&case.source, &case.beam1, ShortlistId(0)).expect("it scores");
        let row = network.open(None).expect("a row opens");
        let neighbours: Vec<_> = (0..5).map(|_| network.open(None).expect("a row opens")).collect();
        let others = mt5.cases.iter().rev();
        let mut feeds: Vec<_> =
            neighbours.iter().zip(others).map(|(row, case)| feed(*row, &case.source)).collect();
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
            assert_eq!(logits[6].values, expected[last].values, "a fork continues like its row");
            network.close(copy);
        }
    }
}

#[test]
fn sources_and_tokens_outside_the_network_are_errors() {
    let mut network = fixture("t5-tiny", Precision::Int8);
    let row = network.open(None).expect("a row opens");
    let mut step = |tokens: &[u32]| network.step(&[Feed { row, tokens, shortlist: ShortlistId(0) }]);
    assert!(matches!(step(&[1; 513]), Err(ModelError::TooLong { tokens: 513, most: 512 })));
    assert!(matches!(step(&[60_000]), Err(ModelError::Token(60_000))));
    let logits = step(&[1; 512]).expect("all positions can be used").remove(0);
    assert!(!logits.ids.contains(&0), "the start token is never generated");
    assert!(step(&[1; 512]).is_err(), "the start token takes one position");
    assert!(matches!(network.prefix(&[1]), Err(ModelError::Prefix)));
}

#[test]
fn sizes_that_differ_from_the_checkpoint_are_refused() {
    for name in ["mt5-tiny", "t5-tiny"] {
        let text = fs::read_to_string(folder(name).join("config.json")).expect("the fixture has its files");
        let config: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).expect("it is JSON");
        for key in ["d_model", "d_kv", "d_ff", "num_heads", "vocab_size", "relative_attention_num_buckets"] {
            let mut config = config.clone();
            let size = config[key].as_u64().expect("it is a number");
            config.insert(key.to_owned(), (size * 2).into());
            let result =
                load(&folder(name), &serde_json::to_string(&config).expect("it is JSON"), Precision::F32);
            assert!(matches!(result, Err(ModelError::Format(_))), "{name}: {key}");
        }
        for (key, value) in [("feed_forward_proj", "gated-gelu"), ("feed_forward_proj", "relu")] {
            let mut config = config.clone();
            if config.insert(key.to_owned(), value.into()) != Some(value.into()) {
                let config = serde_json::to_string(&config).expect("it is JSON");
                assert!(load(&folder(name), &config, Precision::F32).is_err(), "{name}: {value}");
            }
        }
    }
    let alone = text_with(&folder("t5-tiny"), "\"num_decoder_layers\": 2", "\"num_decoder_layers\": 3");
    assert!(load(&folder("t5-tiny"), &alone, Precision::F32).is_err(), "a layer is missing");
}

fn text_with(folder: &Path, from: &str, to: &str) -> String {
    let text = fs::read_to_string(folder.join("config.json")).expect("the fixture has its files");
    assert!(text.contains(from), "{from} is there");
    text.replace(from, to)
}
