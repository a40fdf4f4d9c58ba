//! The traps: sentences with what their translation must have, one JSON object a line in `traps.jsonl`.

use serde::Deserialize;
use triglot::lang::{Language, Pair};

/// A sentence, or a few lines, that is easy to get wrong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trap {
    /// Name of its class.
    pub class: String,
    pair: String,
    /// Format of the source; absent for plain text.
    pub format: Option<Format>,
    /// The text to translate.
    pub source: String,
    /// What the translation has byte for byte, at least as often as the source.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Groups of alternatives: the translation has one of each group.
    #[serde(default)]
    pub any: Vec<Vec<String>>,
    /// What the translation does not have.
    #[serde(default)]
    pub never: Vec<String>,
}

/// A format of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Html,
    Markdown,
}

impl Trap {
    pub fn pair(&self) -> Pair {
        self.pair.parse().expect("a trap has a pair")
    }

    pub fn target(&self) -> Language {
        self.pair().target
    }
}

/// All traps, in the order of the file. It is read at run time, so another trap needs no build.
pub fn all() -> Vec<Trap> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fidelity/traps.jsonl");
    let lines = std::fs::read_to_string(file).expect("the file can be read");
    let trap = |(at, line)| {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}, line {}: {error}", at + 1))
    };
    lines.lines().enumerate().map(trap).collect()
}
