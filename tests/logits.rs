//! The network agrees with llama.cpp's, position by position, also behind the sliding window; and a row does not feel
//! its neighbours.

mod support;

use std::{collections::HashMap, fs::File, io::Cursor, sync::Arc};

use candle_core::quantized::gguf_file::Content;
use memmap2::Mmap;
use serde::Deserialize;
use triglot::model::{Feed, Logits, Network, ShortlistId, Vocabulary, gemma3::Gemma3};

/// Relative root-mean-square error allowed over the reference logits of a text.
const RELATIVE_RMS: f64 = 0.05;
/// The best token may only differ where llama.cpp's own margin is under this.
const MARGIN: f32 = 0.5;

#[derive(Deserialize)]
struct Reference {
    /// Vocabulary ids whose logits are kept.
    probes: Vec<u32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    ids: Vec<u32>,
    positions: Vec<Position>,
}

#[derive(Deserialize)]
struct Position {
    at: usize,
    argmax: u32,
    margin: f32,
    logits: Vec<f32>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("reference/gemma3_logits.json")).expect("the reference is JSON")
}

fn network(vocabulary: Vec<u32>) -> Gemma3 {
    let file = File::open(support::default_model()).expect("the model opens");
    // SAFETY: nobody changes the file while the test runs.
    let file = Arc::new(unsafe { Mmap::map(&file) }.expect("the model can be mapped"));
    let content = Content::read(&mut Cursor::new(&file[..])).expect("the model is GGUF");
    let mut network = Gemma3::load(file, &content, None).expect("the network loads");
    network
        .restrict(&[Vocabulary { common: vocabulary, copied: Vec::new() }])
        .expect("the vocabulary is the model's");
    network
}

#[test]
fn logits_are_those_of_llama_cpp() {
    let Reference { probes, cases } = reference();
    let mut network = network((0..262_144).collect());
    for case in cases {
        let (mut squares, mut errors, mut behind_window) = (0.0, 0.0, 0);
        for chunk in case.positions.chunks(16) {
            // The vocabulary is large: the logits of a few positions at a time.
            let end = chunk[chunk.len() - 1].at + 1;
            let first = chunk[0].at;
            let scored = network.score(&case.ids[..end], first, ShortlistId(0)).expect("the text is scored");
            for position in chunk {
                let Logits { ids, values, .. } = &scored[position.at - first];
                let place: HashMap<u32, usize> = ids.iter().copied().zip(0..).collect();
                for (probe, expected) in probes.iter().zip(&position.logits) {
                    errors += f64::from(values[place[probe]] - expected).powi(2);
                    squares += f64::from(*expected).powi(2);
                }
                let best =
                    (0..ids.len()).max_by(|a, b| values[*a].total_cmp(&values[*b])).expect("not empty");
                assert!(
                    ids[best] == position.argmax || position.margin < MARGIN,
                    "{} at {}: {} instead of {}, margin {}",
                    case.name,
                    position.at,
                    ids[best],
                    position.argmax,
                    position.margin
                );
                behind_window += usize::from(position.at > 512);
            }
        }
        let relative = (errors / squares).sqrt();
        println!("{}: relative RMS {relative:.4}, {behind_window} positions behind the window", case.name);
        assert!(relative <= RELATIVE_RMS, "{}: {relative}", case.name);
    }
}

#[test]
fn a_row_is_the_same_alone_in_a_batch_and_in_any_steps() {
    let Reference { cases, .. } = reference();
    let shortlist = ShortlistId(0);
    let mut network = network((100_000..101_000).collect());
    let (long, short) = (&cases[1].ids[..560], &cases[0].ids[..40]);
    let prefix = network.prefix(&long[..20]).expect("the prefix is read");

    let alone = network.open(Some(prefix)).expect("a row opens");
    let feed = |row, tokens| Feed { row, tokens, shortlist };
    let expected = network.step(&[feed(alone, &long[20..])]).expect("it steps").remove(0);

    let row = network.open(Some(prefix)).expect("a row opens");
    let neighbours: Vec<_> = (0..5).map(|_| network.open(None).expect("a row opens")).collect();
    let mut last = None;
    for tokens in long[20..].chunks(100) {
        let mut feeds: Vec<_> =
            neighbours.iter().zip(1..).map(|(neighbour, n)| feed(*neighbour, &short[..n * 7])).collect();
        feeds.insert(3, feed(row, tokens));
        last = Some(network.step(&feeds).expect("it steps").remove(3));
    }
    assert_eq!(last.expect("there were steps").values, expected.values);

    let fork = network.fork(row).expect("a row forks");
    let [a, b]: [Logits; 2] = network
        .step(&[feed(row, &short[..1]), feed(fork, &short[..1])])
        .expect("it steps")
        .try_into()
        .expect("two answers");
    assert_eq!(a.values, b.values);
}
