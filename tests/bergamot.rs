//! Compares Firefox's models with two other implementations, on random models: token ids with the crate fxtranslate, whose
//! products are exact, and texts with marian-dev in WebAssembly. Also tests that rows are independent.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use triglot::{
    decode::SearchOptions,
    engine::LoadedModel,
    hub::BergamotFiles,
    model::{
        Feed, ModelError, Network, ShortlistId, Vocabulary,
        bergamot::{Bergamot, LexicalShortlist, ModelFile},
        linear::Precision,
    },
};

use crate::support::{
    self,
    search::{furthest, search},
};

/// The unknown token in all vocabularies here.
const UNKNOWN: u32 = 1;
const END: u32 = 0;
/// Largest difference from the reference in 32 bits. The reference has five digits.
const TOLERANCE: f32 = 1e-3;
/// Largest difference in 8 bits: a value halfway between two steps may be rounded either way.
const STEP: f32 = 0.05;
/// Largest difference between two logits if the reference chooses the other token.
const NEARLY: f32 = 0.05;

#[derive(Deserialize)]
struct Reference {
    shared: Vec<Case>,
    split: Vec<Case>,
    swish: Vec<Written>,
    float: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    source: Vec<u32>,
    /// Output of greedy search without the end token.
    tokens: Vec<u32>,
    /// Output without a shortlist.
    without: Option<Vec<u32>>,
    /// Output text of the wheel fxtranslate.
    native: String,
    /// Output text of marian-dev, if it differs.
    wasm: Option<String>,
    /// `[tokens, source]`
    alignment: Option<Vec<Vec<f32>>>,
    /// `[source, width]`
    encoder: Option<Vec<f32>>,
    /// Logits of all tokens in the first step.
    logits: Option<Vec<f32>>,
}

#[derive(Deserialize)]
struct Written {
    text: String,
    wasm: String,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("reference/bergamot.json")).expect("the reference is JSON")
}

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/reference", &format!("bergamot-{name}")].iter().collect()
}

/// Loads a model like `--model ./folder`.
fn loaded(name: &str) -> LoadedModel {
    let folder = folder(name);
    support::loaded_model(&["--model", folder.to_str().expect("it is text")]).expect("the model loads")
}

/// A network that may generate all tokens but the unknown token.
fn network(name: &str, with_shortlist: bool) -> Bergamot {
    network_in(&folder(name), with_shortlist)
}

fn network_in(folder: &Path, with_shortlist: bool) -> Bergamot {
    let files = BergamotFiles::find(folder).expect("it can be listed").expect("it has a model");
    let content = fs::read(files.model).expect("it is there");
    let file = ModelFile::parse(&content).expect("it is a model");
    let config = file.configuration().expect("it is supported");
    let (sources, targets) = (config.source_vocabulary, config.target_vocabulary);
    let shortlist = files.shortlist.filter(|_| with_shortlist).map(|path| {
        let content = fs::read(path).expect("it is there");
        // The vocabulary size is unknown here: embeddings are padded to a multiple of eight rows.
        (0..8)
            .find_map(|missing| {
                LexicalShortlist::parse(&content, sources - missing, targets, config.shared_embedding).ok()
            })
            .expect("it is a shortlist")
    });
    let mut network = Bergamot::load(&file, shortlist, vec![UNKNOWN], Precision::F32).expect("it loads");
    let all = Vocabulary { common: (0..targets as u32).collect(), copied: Vec::new() };
    network.restrict(&[all]).expect("the vocabulary is the model's");
    network
}

/// The crate's options: greedy search, up to twice the source length plus four.
fn options(source: &[u32]) -> SearchOptions {
    SearchOptions::new(1, (2 * source.len() + 4).min(256), [END].into())
}

/// Counts the sources with the expected output. Asserts that other outputs first differ in two tokens of nearly equal
/// probability, where rounding decides.
fn alike<'a>(network: &mut Bergamot, cases: impl Iterator<Item = (&'a [u32], &'a [u32])>) -> (usize, usize) {
    let (mut same, mut all) = (0, 0);
    for (source, expected) in cases {
        let ours = search(network, &[source], &options(source)).remove(0).remove(0).tokens;
        (same, all) = (same + usize::from(ours == expected), all + 1);
        let (ours, expected) = ([&ours[..], &[END]].concat(), [expected, &[END]].concat());
        let Some(at) = ours.iter().zip(&expected).position(|(ours, expected)| ours != expected) else {
            continue;
        };
        let scored = network.score(source, &ours[..at], ShortlistId(0)).expect("it scores").pop();
        let values: HashMap<u32, f32> = scored.expect("there is a step").iter().collect();
        let margin = values[&ours[at]] - values[&expected[at]];
        assert!(margin < NEARLY, "{margin}: {} instead of {}", ours[at], expected[at]);
    }
    (same, all)
}

fn answers(cases: &[Case]) -> impl Iterator<Item = (&[u32], &[u32])> {
    cases.iter().map(|case| (case.source.as_slice(), case.tokens.as_slice()))
}

#[test]
fn source_ids_match_the_reference() {
    let Reference { shared, split, float, .. } = reference();
    for (name, cases) in [("shared", shared), ("split", split), ("float", float)] {
        let model = loaded(name);
        for case in &cases {
            let ids = model.tokenizer.encode(&case.text).expect("it has ids");
            assert_eq!(ids, case.source, "{name}: {:?}", case.text);
            assert_eq!(model.tokenizer.decode(&case.tokens), case.native, "{name}: {:?}", case.text);
        }
    }
}

#[test]
fn outputs_match_the_reference() {
    let (same, all) = alike(&mut network("shared", true), answers(&reference().shared));
    println!("{same} of {all} alike");
    assert!(all == 500 && same >= 490, "{same} of {all}");
}

#[test]
fn outputs_with_two_vocabularies_match_the_reference() {
    let (same, all) = alike(&mut network("split", true), answers(&reference().split));
    println!("{same} of {all} alike");
    assert!(same >= all - 2, "{same} of {all}");
}

#[test]
fn outputs_without_a_shortlist_match_the_reference() {
    let Reference { shared, split, .. } = reference();
    for (name, cases) in [("shared", shared), ("split", split)] {
        let without = cases.iter().filter_map(|case| Some((&*case.source, case.without.as_deref()?)));
        let (same, all) = alike(&mut network(name, false), without);
        println!("{name}: {same} of {all} alike");
        assert!(same >= all - 2, "{name}: {same} of {all}");
        assert!(cases.iter().any(|case| case.without.as_ref().is_some_and(|ids| *ids != case.tokens)));
    }
}

#[test]
fn outputs_of_a_32_bit_model_match_the_reference() {
    let (same, all) = alike(&mut network("float", false), answers(&reference().float));
    assert_eq!(same, all);
}

#[test]
fn hidden_states_logits_and_alignments_match_the_reference() {
    let Reference { shared, split, float, .. } = reference();
    for (name, cases, tolerance) in
        [("shared", shared, STEP), ("split", split, STEP), ("float", float, TOLERANCE)]
    {
        let mut network = network(name, false);
        let mut compared = 0;
        for case in &cases {
            let (Some(encoder), Some(logits)) = (&case.encoder, &case.logits) else { continue };
            let encoded = furthest(&network.encode(&[&case.source]).expect("it encodes"), encoder);
            let first = network.score(&case.source, &[], ShortlistId(0)).expect("it scores").remove(0);
            let scored: Vec<f32> =
                first.iter().map(|(id, value)| (value - logits[id as usize]).abs()).collect();
            let scored = scored.into_iter().fold(0.0, f32::max);
            let alignment = case.alignment.as_ref().expect("it is saved with the others");
            // The last row belongs to the last token: the end token, unless the output was cut.
            let ours = network.align(&case.source, &case.tokens[..alignment.len() - 1]).expect("it aligns");
            let ours = ours.expect("its attention aligns");
            assert_eq!(ours.len(), alignment.len());
            let aligned =
                ours.iter().zip(alignment).map(|(ours, theirs)| furthest(ours, theirs)).fold(0.0, f32::max);
            assert!(ours.iter().all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-4));
            println!("{name}: encoder {encoded:e}, logits {scored:e}, alignment {aligned:e}");
            assert!(encoded < tolerance && scored < tolerance && aligned < tolerance, "{name}");
            compared += 1;
        }
        assert!(compared > 0, "{name} has something to compare");
    }
}

#[test]
fn texts_mostly_match_marian() {
    let Reference { shared, split, swish, .. } = reference();
    for (name, cases) in [("shared", shared), ("split", split)] {
        let written = |case: Case| Written { text: case.text, wasm: case.wasm.unwrap_or(case.native) };
        marian_writes(name, cases.into_iter().map(written).collect());
    }
    marian_writes("swish", swish);
}

/// Marian's exponentials and sums differ in their last bits, so values halfway between two steps are sometimes rounded
/// differently. Random networks have many outputs of nearly equal probability.
fn marian_writes(name: &str, cases: Vec<Written>) {
    let model = loaded(name);
    let mut network = network(name, true);
    let (mut same, mut all) = (0, 0);
    for Written { text, wasm } in &cases {
        let source = model.tokenizer.encode(text).expect("it has ids");
        let best = search(&mut network, &[&source], &options(&source)).remove(0).remove(0);
        // Marian cuts outputs at twice the source length. It keeps the white space of a text without words.
        if best.tokens.len() < 2 * source.len() && !wasm.starts_with(['▁', ' ']) && !text.is_empty() {
            all += 1;
            same += usize::from(model.tokenizer.decode(&best.tokens) == wasm.trim());
        }
    }
    println!("{name}: {same} of {all} alike");
    assert!(all * 10 > cases.len() * 7 && same * 100 >= all * 95, "{name}: {same} of {all}");
}

#[test]
fn a_row_does_not_depend_on_the_batch_or_the_steps() {
    let Reference { shared, .. } = reference();
    for with_shortlist in [true, false] {
        let mut network = network("shared", with_shortlist);
        let case = shared.iter().find(|case| case.tokens.len() > 8).expect("one is long");
        let feed = |row, tokens| Feed { row, tokens, shortlist: ShortlistId(0) };
        let expected = network.score(&case.source, &case.tokens, ShortlistId(0)).expect("it scores");
        let row = network.open(None).expect("a row opens");
        let neighbours: Vec<_> = (0..5).map(|_| network.open(None).expect("a row opens")).collect();
        let mut feeds: Vec<_> =
            neighbours.iter().zip(&shared[20..]).map(|(row, case)| feed(*row, &case.source)).collect();
        feeds.insert(2, feed(row, &case.source));
        let first = network.step(&feeds).expect("it steps").remove(2);
        assert_eq!((&first.values, &first.ids), (&expected[0].values, &expected[0].ids));
        for (tokens, step) in case.tokens.chunks(3).zip((3..).step_by(3)) {
            let copy = network.fork(row).expect("it forks");
            let others: Vec<_> = neighbours.iter().map(|row| feed(*row, &tokens[..1])).collect();
            let feeds = [others, vec![feed(row, tokens), feed(copy, tokens)]].concat();
            let logits = network.step(&feeds).expect("it steps");
            let last = step.min(case.tokens.len());
            assert_eq!(logits[5].values, expected[last].values);
            assert_eq!(logits[6].values, expected[last].values, "a fork continues like its row");
            network.close(copy);
        }
    }
}

#[test]
fn a_shortlist_does_not_change_logits() {
    let case = &reference().shared[30];
    let score = |with_shortlist| {
        let mut network = network("shared", with_shortlist);
        network.score(&case.source, &case.tokens, ShortlistId(0)).expect("it scores")
    };
    for (listed, all) in score(true).iter().zip(score(false)) {
        assert!(listed.ids.len() < all.ids.len() && !listed.ids.contains(&UNKNOWN));
        let all: HashMap<u32, f32> = all.iter().collect();
        assert!(listed.iter().all(|(id, value)| all[&id] == value));
    }
}

#[test]
fn hypotheses_do_not_depend_on_the_batch() {
    let Reference { shared, .. } = reference();
    let mut network = network("shared", true);
    let sources: Vec<&[u32]> = shared[20..30].iter().map(|case| case.source.as_slice()).collect();
    for beam_size in [1, 4] {
        let options = SearchOptions::new(beam_size, 24, [END].into());
        let together = search(&mut network, &sources, &options);
        for (source, together) in sources.iter().zip(together) {
            assert_eq!(search(&mut network, &[source], &options).remove(0), together);
        }
    }
}

#[test]
fn long_rows_and_unknown_ids_are_errors() {
    let mut network = network("shared", true);
    let row = network.open(None).expect("a row opens");
    let mut step = |tokens: &[u32]| network.step(&[Feed { row, tokens, shortlist: ShortlistId(0) }]);
    assert!(matches!(step(&[1; 513]), Err(ModelError::TooLong { tokens: 513, most: 512 })));
    assert!(matches!(step(&[60_000]), Err(ModelError::Token(60_000))));
    step(&[1; 512]).expect("all positions can be used");
    assert!(step(&[1; 512]).is_err(), "the start token has taken one position");
}

/// `TRIGLOT_BERGAMOT_FULL` must name a folder from `tests/reference/bergamot.py --shape`.
#[test]
#[ignore = "needs a generated model of up to 60 MB"]
fn random_models_of_published_shapes_match_the_reference() {
    let folder = PathBuf::from(std::env::var_os("TRIGLOT_BERGAMOT_FULL").expect("it names a folder"));
    let cases = fs::read_to_string(folder.join("reference.json")).expect("there is a reference");
    let cases: Vec<Case> = serde_json::from_str(&cases).expect("the reference is JSON");
    let model = support::loaded_model(&["--model", folder.to_str().expect("it is text")]).expect("it loads");
    let mut network = network_in(&folder, true);
    let (mut same, mut written, mut steps, mut likeliest, mut furthest) = (0, 0, 0, 0, 0.0f32);
    for case in &cases {
        assert_eq!(model.tokenizer.encode(&case.text).expect("it has ids"), case.source, "{:?}", case.text);
        let best = search(&mut network, &[&case.source], &options(&case.source)).remove(0).remove(0);
        same += usize::from(best.tokens == case.tokens);
        let wasm = case.wasm.as_ref().unwrap_or(&case.native);
        written += usize::from(model.tokenizer.decode(&best.tokens) == wasm.trim());
        // Compares each step after the reference's own tokens, so both networks have the same input.
        let scored = network.score(&case.source, &case.tokens, ShortlistId(0)).expect("it scores");
        for (logits, token) in scored.iter().zip(&case.tokens) {
            let theirs = logits.iter().find(|(id, _)| id == token).expect("it is in the shortlist").1;
            let behind = logits.values.iter().fold(0.0f32, |most, value| most.max(value - theirs));
            (steps, likeliest, furthest) =
                (steps + 1, likeliest + usize::from(behind == 0.0), furthest.max(behind));
        }
    }
    println!(
        "{same} of {} outputs equal the reference's, {written} equal Marian's; of {steps} forced steps, {likeliest} choose the \
         same token, and the largest logit difference to our choice is {furthest}",
        cases.len()
    );
    // A deep random network amplifies the last bits: the two references agree with each other less than with this code.
    assert!(likeliest * 100 >= steps * 90 && furthest < 0.1, "{likeliest} of {steps}, {furthest}");
}
