//! Traps for the default model: sentences with something that must survive translation. A translation is right, or flagged (wrong,
//! with a warning), or silent (wrong, without one). docs/fidelity.md explains the classes. The table is in the output of
//!
//! ```sh
//! cargo test --release --test all fidelity::traps_are_translated -- --nocapture
//! ```
//!
//! `fidelity::what_the_model_alone_makes_of_them -- --ignored` prints the same table for the model without the rules.

mod classes;
mod judge;
mod traps;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use futures::{StreamExt, stream};
use tonic::transport::Channel;
use triglot::{
    engine::Job,
    lang::Pair,
    wire::proto::{Format, TranslateRequest, translation_service_client::TranslationServiceClient},
};

use self::{
    classes::{CLASSES, Class, DECIDABLE_FLOOR, NEVER_SILENT},
    traps::Trap,
};
use crate::support;

/// Calls at the same time: enough to fill the batches, and few enough for the queue.
const CALLS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Right,
    Flagged,
    Silent,
}

/// The verdicts of a class.
#[derive(Default)]
struct Count {
    right: usize,
    flagged: usize,
    silent: usize,
}

impl Count {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Right => self.right += 1,
            Verdict::Flagged => self.flagged += 1,
            Verdict::Silent => self.silent += 1,
        }
    }

    fn all(&self) -> usize {
        self.right + self.flagged + self.silent
    }

    /// Share of right translations in percent, rounded down.
    fn rate(&self) -> usize {
        100 * self.right / self.all().max(1)
    }
}

impl std::ops::AddAssign<&Self> for Count {
    fn add_assign(&mut self, other: &Self) {
        self.right += other.right;
        self.flagged += other.flagged;
        self.silent += other.silent;
    }
}

fn request(trap: &Trap) -> TranslateRequest {
    let format = match trap.format {
        None => Format::Plain,
        Some(traps::Format::Html) => Format::Html,
        Some(traps::Format::Markdown) => Format::Markdown,
    };
    TranslateRequest {
        text: trap.source.clone(),
        source_language: trap.pair().source.to_string(),
        target_language: trap.pair().target.to_string(),
        format: format.into(),
        ..TranslateRequest::default()
    }
}

fn class(trap: &Trap) -> &'static Class {
    CLASSES.iter().find(|class| class.name == trap.class).expect("the class is in the table")
}

/// The verdict on the translation of a trap, and what is wrong. A refused request is as good as a warning.
async fn verdict(
    mut client: TranslationServiceClient<Channel>,
    trap: &Trap,
    request: TranslateRequest,
) -> (Verdict, String) {
    let answer = match client.translate(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => return (Verdict::Flagged, status.to_string()),
    };
    let faults = judge::faults(trap, class(trap).rule, &answer.translation);
    let warnings: Vec<_> = answer.segments.iter().flat_map(|segment| segment.warnings()).collect();
    let verdict = match (faults.is_empty(), warnings.is_empty()) {
        (true, _) => Verdict::Right,
        (false, false) => Verdict::Flagged,
        (false, true) => Verdict::Silent,
    };
    (verdict, format!("{:?}\n  {} {warnings:?}", answer.translation, faults.join(", ")))
}

/// The table by class, in Markdown.
fn table(counts: &BTreeMap<&str, Count>) -> String {
    let mut table =
        String::from("| class | right | flagged | silent | right, % |\n| --- | --: | --: | --: | --: |\n");
    let mut total = Count::default();
    for class in CLASSES {
        let Some(count) = counts.get(class.name) else { continue };
        let Count { right, flagged, silent } = count;
        let _ = writeln!(table, "| {} | {right} | {flagged} | {silent} | {} |", class.name, count.rate());
        total += count;
    }
    let Count { right, flagged, silent } = total;
    let _ = writeln!(table, "| all | {right} | {flagged} | {silent} | {} |", total.rate());
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn traps_are_translated_or_flagged() {
    let model = support::loaded_default_model();
    let client = TranslationServiceClient::new(support::serve(support::translator(model)).await);
    let traps = traps::all();
    let calls = traps.iter().map(|trap| {
        let (client, request) = (client.clone(), request(trap));
        async move { (trap, verdict(client, trap, request).await) }
    });
    let verdicts: Vec<_> = stream::iter(calls).buffered(CALLS).collect().await;
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for (trap, (verdict, why)) in &verdicts {
        counts.entry(trap.class.as_str()).or_default().add(*verdict);
        if *verdict != Verdict::Right {
            println!("{verdict:?} {} {}: {:?}\n  {why}", trap.class, trap.pair(), trap.source);
        }
    }
    println!("\n{}", table(&counts));
    for class in CLASSES {
        let Some(count) = counts.get(class.name) else { continue };
        assert!(
            count.rate() >= class.floor,
            "{}: {} % are right, not {} %",
            class.name,
            count.rate(),
            class.floor
        );
    }
    let mut decidable = Count::default();
    for count in CLASSES.iter().filter(|class| class.is_decidable).filter_map(|class| counts.get(class.name))
    {
        decidable += count;
    }
    assert!(
        decidable.rate() >= DECIDABLE_FLOOR,
        "only {} % of the decidable classes are right",
        decidable.rate()
    );
    for name in NEVER_SILENT {
        assert_eq!(counts.get(name).map_or(0, |count| count.silent), 0, "{name}: wrong without a warning");
    }
}

/// The model reads the whole trap as one segment, and its best hypothesis is the translation. Nothing is flagged, because nothing
/// checks it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, for the table in docs/fidelity.md"]
async fn what_the_model_alone_makes_of_them() {
    let translator = support::translator(support::loaded_default_model());
    let engine = &translator.engines()[0];
    let traps = traps::all();
    let outputs = traps.iter().map(|trap| async move {
        (trap, engine.run(&Job::new(trap.pair(), trap.source.as_str())).await.expect("it translates").text)
    });
    let outputs: Vec<_> = stream::iter(outputs).buffered(CALLS).collect().await;
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for (trap, output) in &outputs {
        let is_right = judge::faults(trap, class(trap).rule, output).is_empty();
        let verdict = if is_right { Verdict::Right } else { Verdict::Silent };
        counts.entry(trap.class.as_str()).or_default().add(verdict);
    }
    println!("\n{}", table(&counts));
}

#[test]
fn traps_are_well_formed() {
    let traps = traps::all();
    let mut sources = BTreeSet::new();
    for trap in &traps {
        assert!(CLASSES.iter().any(|class| class.name == trap.class), "{}: no such class", trap.class);
        assert!(sources.insert(&trap.source), "twice: {:?}", trap.source);
        assert!(!trap.keep.is_empty() || !trap.any.is_empty(), "demands nothing: {:?}", trap.source);
        assert!(trap.any.iter().all(|group| !group.is_empty()), "no alternative: {:?}", trap.source);
        for part in &trap.keep {
            assert!(trap.source.contains(part), "{part:?} is not in {:?}", trap.source);
        }
    }
    for class in CLASSES {
        for pair in Pair::all() {
            let has = |trap: &Trap| trap.class == class.name && trap.pair() == pair;
            assert!(traps.iter().any(has), "{}: no trap for {pair}", class.name);
        }
    }
}

#[test]
fn a_class_that_is_never_silent_is_decidable() {
    let names: Vec<&str> = CLASSES.iter().map(|class| class.name).collect();
    assert!(NEVER_SILENT.iter().all(|name| names.contains(name)));
    let decidable = |name: &&str| CLASSES.iter().any(|class| class.name == *name && class.is_decidable);
    assert!(NEVER_SILENT.iter().all(decidable), "a rule must know the right answer");
}
