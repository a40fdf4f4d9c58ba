//! The decoder on candle's tensors, here on the CPU in float32. It agrees with llama.cpp and with the decoder on 8-bit
//! kernels, a row does not depend on the other rows, and translations nearly agree.

use std::collections::HashMap;

use candle_core::Device;
use tokio::runtime::Runtime;
use triglot::{
    engine::{Engine, Job, LoadedModel, SearchDefaults},
    lang::{Language, Pair},
    loader,
    model::{
        Feed, Logits, ModelError, Network, RowId, ShortlistId, Vocabulary, adapter::Adapter,
        decoder::TensorDecoder, linear::Precision,
    },
};

use crate::support::{
    self,
    gguf::{self, Adapted, AdaptedPosition, Deviation, Reference},
};

/// The largest relative root-mean-square error over the reference logits of a text. llama.cpp computes with 8-bit
/// activations, so the limit is that of the decoder on 8-bit kernels.
const RELATIVE_RMS: f64 = 0.05;
/// Tolerance for the same row in another batch: products of other shapes have another order of summation.
const TOLERANCE: f32 = 1e-3;
/// Tolerance for the mean log-probability of a translation, because of 8-bit activations.
const SCORE: f32 = 0.1;

const SHORTLIST: ShortlistId = ShortlistId(0);

/// The default model's network.
fn tensors(adapter: Option<&Adapter>, vocabulary: Vocabulary) -> TensorDecoder {
    let (file, content) = gguf::default_model();
    let mut network = TensorDecoder::load(file, &content, adapter, &Device::Cpu).expect("the network loads");
    network.restrict(&[vocabulary]).expect("the vocabulary is the model's");
    network
}

fn common(common: Vec<u32>) -> Vocabulary {
    Vocabulary { common, copied: Vec::new() }
}

fn feed(row: RowId, tokens: &[u32]) -> Feed<'_> {
    Feed { row, tokens, shortlist: SHORTLIST }
}

/// The largest difference between two logits of the same tokens.
fn distance(a: &Logits, b: &Logits) -> f32 {
    assert_eq!(a.ids, b.ids);
    a.values.iter().zip(&b.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn logits_equal_those_of_llama_cpp() {
    let Reference { probes, cases } = gguf::of_llama_cpp();
    let mut network = tensors(None, common((0..262_144).collect()));
    for case in cases {
        let row = network.open(None).expect("a row opens");
        let (mut deviation, mut read) = (Deviation::default(), 0);
        for position in case.positions {
            let tokens = &case.ids[read..=position.at];
            read = position.at + 1;
            let logits = network.step(&[feed(row, tokens)]).expect("it steps").remove(0);
            deviation.add(&logits, &probes, &position.logits);
            position.assert_best(&logits, &case.name);
        }
        network.close(row);
        let relative = deviation.relative();
        println!("{}: relative RMS {relative:.4}, {read} tokens", case.name);
        assert!(relative <= RELATIVE_RMS, "{}: {relative}", case.name);
    }
}

#[test]
fn a_row_is_the_same_alone_in_a_batch_and_in_any_steps() {
    let Reference { cases, .. } = gguf::of_llama_cpp();
    let mut network = tensors(None, common((100_000..101_000).collect()));
    let (long, short) = (&cases[1].ids[..560], &cases[0].ids[..40]);
    let prefix = network.prefix(&long[..20]).expect("the prefix is read");

    let alone = network.open(Some(prefix)).expect("a row opens");
    let expected = network.step(&[feed(alone, &long[20..])]).expect("it steps").remove(0);
    let bare = network.open(None).expect("a row opens");
    let whole = network.step(&[feed(bare, long)]).expect("it steps").remove(0);
    let from_prefix = distance(&whole, &expected);

    let row = network.open(Some(prefix)).expect("a row opens");
    let neighbours: Vec<_> = (0..5).map(|_| network.open(None).expect("a row opens")).collect();
    let mut last = None;
    // The last steps read single tokens, as in decoding.
    for tokens in long[20..550].chunks(100).chain(long[550..].chunks(1)) {
        let mut feeds: Vec<_> =
            neighbours.iter().zip(1..).map(|(neighbour, n)| feed(*neighbour, &short[..n])).collect();
        feeds.insert(3, feed(row, tokens));
        last = Some(network.step(&feeds).expect("it steps").remove(3));
    }
    let in_batch = distance(&last.expect("there were steps"), &expected);

    // A closed neighbour frees its places.
    network.close(neighbours[0]);
    let fork = network.fork(row).expect("a row forks");
    let [a, b]: [Logits; 2] = network
        .step(&[feed(row, &short[..1]), feed(fork, &short[1..2])])
        .expect("it steps")
        .try_into()
        .expect("two answers");
    let again = network.open(None).expect("a row opens");
    let parted = network.step(&[feed(again, &[long, &short[..1]].concat())]).expect("it steps").remove(0);
    let forked = distance(&a, &parted);
    println!("largest difference: after a prefix {from_prefix}, in a batch {in_batch}, forked {forked}");
    assert!(from_prefix.max(in_batch).max(forked) < TOLERANCE);
    assert!(distance(&a, &b) > 0.1, "the fork has read another token");
}

#[test]
fn unknown_rows_and_tokens_are_errors_and_a_reset_recovers() {
    let mut network = tensors(None, common(vec![5, 6, 7]));
    let row = network.open(None).expect("a row opens");
    let first = network.step(&[feed(row, &[2, 5])]).expect("it steps").remove(0);
    assert!(matches!(network.step(&[feed(row, &[262_144])]), Err(ModelError::Token(262_144))));
    network.reset();
    assert!(matches!(network.step(&[feed(row, &[5])]), Err(ModelError::Unknown(_))));
    let row = network.open(None).expect("a row opens");
    assert!(network.step(&[feed(row, &[5]), feed(row, &[6])]).is_err(), "a row can be in a step once");
    network.reset();
    let row = network.open(None).expect("a row opens");
    let other = Feed { shortlist: ShortlistId(1), ..feed(row, &[2]) };
    assert!(matches!(network.step(&[other]), Err(ModelError::Unknown(1))));
    network.reset();
    let row = network.open(None).expect("a row opens");
    let again = network.step(&[feed(row, &[2, 5])]).expect("it steps").remove(0);
    assert!(distance(&first, &again) < TOLERANCE);
}

#[test]
fn an_adapter_is_merged_as_peft_merges_it() {
    let adapter = Adapter::parse(
        include_bytes!("reference/gemma3_adapter/adapter_config.json"),
        include_bytes!("reference/gemma3_adapter/adapter_model.safetensors"),
    );
    let Adapted { probes, ids, positions } = gguf::of_peft();
    let mut network = tensors(Some(&adapter.expect("it is PEFT's own")), common(probes.clone()));
    let row = network.open(None).expect("a row opens");
    let (mut deviation, mut read) = (Deviation::default(), 0);
    for AdaptedPosition { at, logits } in positions {
        let ours = network.step(&[feed(row, &ids[read..=at])]).expect("it steps").remove(0);
        read = at + 1;
        deviation.add(&ours, &probes, &logits);
    }
    let relative = deviation.relative();
    println!("relative RMS {relative:.5}");
    // Both compute in float32.
    assert!(relative <= 1e-3, "{relative}");
}

#[test]
fn a_copied_token_has_the_logit_of_a_common_one() {
    let Reference { cases, .. } = gguf::of_llama_cpp();
    let ids = &cases[0].ids[..60];
    let rare = vec![ids[59], 262_143, ids[3]];
    let answer = |vocabulary| {
        let mut network = tensors(None, vocabulary);
        let row = network.open(None).expect("a row opens");
        network.step(&[feed(row, &ids[..20])]).expect("it steps");
        network.step(&[feed(row, &ids[20..])]).expect("it steps").remove(0)
    };
    let copied = answer(Vocabulary { common: vec![1000, 1001], copied: rare.clone() });
    assert_eq!(*copied.ids, [1000, 1001]);
    // In the order of reading. The row has not read 262,143.
    assert_eq!(*copied.copied, [ids[3], ids[59]]);
    let known: HashMap<u32, f32> = answer(common([vec![1000, 1001], rare].concat())).iter().collect();
    for (token, value) in copied.iter() {
        assert!((known[&token] - value).abs() < TOLERANCE, "{token}: {value} instead of {}", known[&token]);
    }
}

#[test]
fn translations_nearly_equal_those_on_the_kernels() {
    // Without pruning, which depends on the smallest differences.
    let exhaustive = |model| LoadedModel { search_defaults: SearchDefaults::default(), ..model };
    let on_kernels = support::loaded_model(&["--adapter", "none"]).expect("the base model loads");
    let files = support::files("gemma3-270m");
    let on_tensors = loader::load(&files, None, Some(&Device::Cpu), Precision::Int8).expect("it loads");
    let pair = Pair { source: Language::English, target: Language::French };
    let sentences = [
        "The storm reached the coast on Sunday night.",
        "Two bridges were closed.",
        "The mayor of Paris said on Monday that the work will begin in the spring.",
    ];
    let translate = |model: LoadedModel| {
        let engine = Engine::start(exhaustive(model), support::engine_options()).expect("the engine starts");
        let jobs = sentences.map(|text| Job { beam_size: Some(2), ..Job::new(pair, text) });
        let run = futures::future::try_join_all(jobs.iter().map(|job| engine.run(job)));
        Runtime::new().expect("a runtime starts").block_on(run).expect("it translates")
    };
    let (tensors, kernels) = (translate(on_tensors), translate(on_kernels));
    let mut equal = 0;
    for (tensors, kernels) in tensors.iter().zip(&kernels) {
        println!(
            "{:?} {:.3}, on kernels {:?} {:.3}",
            tensors.text, tensors.score, kernels.text, kernels.score
        );
        assert_eq!(tensors.text.split(' ').next(), kernels.text.split(' ').next());
        assert!((tensors.score - kernels.score).abs() < SCORE);
        equal += usize::from(tensors.text == kernels.text);
    }
    // If two words are equally likely, either may win.
    assert!(equal + 1 >= sentences.len(), "{equal} of {}", sentences.len());
}
