//! The decoder agrees with llama.cpp position by position, also beyond the sliding window; and a row does not depend on the
//! other rows.

use triglot::model::{Feed, Network, ShortlistId, Vocabulary, decoder::Decoder};

use crate::support::gguf::{self, Deviation, Reference};

/// The largest relative root-mean-square error over the reference logits of a text.
const RELATIVE_RMS: f64 = 0.05;

fn network(vocabulary: Vec<u32>) -> Decoder {
    let (file, content) = gguf::default_model();
    let mut network = Decoder::load(file, &content, None).expect("the network loads");
    network
        .restrict(&[Vocabulary { common: vocabulary, copied: Vec::new() }])
        .expect("the vocabulary is the model's");
    network
}

#[test]
fn logits_equal_those_of_llama_cpp() {
    let Reference { probes, cases } = gguf::of_llama_cpp();
    let mut network = network((0..262_144).collect());
    for case in cases {
        let (mut deviation, mut beyond_window) = (Deviation::default(), 0);
        for chunk in case.positions.chunks(16) {
            // The vocabulary is large, so score a few positions at a time.
            let end = chunk[chunk.len() - 1].at + 1;
            let first = chunk[0].at;
            let scored = network.score(&case.ids[..end], first, ShortlistId(0)).expect("the text is scored");
            for position in chunk {
                let logits = &scored[position.at - first];
                deviation.add(logits, &probes, &position.logits);
                position.assert_best(logits, &case.name);
                beyond_window += usize::from(position.at > 512);
            }
        }
        let relative = deviation.relative();
        println!("{}: relative RMS {relative:.4}, {beyond_window} positions beyond the window", case.name);
        assert!(relative <= RELATIVE_RMS, "{}: {relative}", case.name);
    }
}

#[test]
fn a_row_is_the_same_alone_in_a_batch_and_in_any_steps() {
    let Reference { cases, .. } = gguf::of_llama_cpp();
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
}

#[test]
fn a_fork_continues_from_its_row_independently() {
    let Reference { cases, .. } = gguf::of_llama_cpp();
    let shortlist = ShortlistId(0);
    let mut network = network((100_000..101_000).collect());
    let feed = |row, tokens| Feed { row, tokens, shortlist };
    // A fork copies a short memory and shares a long one.
    for length in [5, 40] {
        let (read, next) = cases[0].ids[..length + 4].split_at(length);
        let mut alone = |token: &[u32]| {
            let row = network.open(None).expect("a row opens");
            network.step(&[feed(row, read)]).expect("it steps");
            network.step(&[Feed { row, tokens: token, shortlist }]).expect("it steps").remove(0).values
        };
        let expected: Vec<_> = next.chunks(1).map(&mut alone).collect();

        let row = network.open(None).expect("a row opens");
        network.step(&[feed(row, read)]).expect("it steps");
        let fork = network.fork(row).expect("a row forks");
        let twin = network.fork(row).expect("a row forks");
        let of_fork = network.fork(fork).expect("a fork forks");
        let feeds = [row, fork, twin, of_fork].into_iter().zip(next.chunks(1));
        let feeds: Vec<_> = feeds.map(|(row, tokens)| feed(row, tokens)).collect();
        let together: Vec<_> =
            network.step(&feeds).expect("they step").into_iter().map(|logits| logits.values).collect();
        assert_eq!(together, expected, "{length} tokens");
    }
}
