//! The texts of the calls.

use std::{fs, path::Path};

use fastrand::Rng;

const WHO: [&str; 12] = [
    "The mayor",
    "A spokeswoman for the port",
    "The owner of the old mill",
    "The director of the museum",
    "A farmer from the valley",
    "The coach of the home team",
    "The head of the school",
    "One of the three judges",
    "The captain of the ferry",
    "A nurse at the hospital",
    "The baker on Market Street",
    "The minister of transport",
];
const SAID: [&str; 6] =
    ["said", "announced", "explained", "wrote in a letter", "told the council", "repeated"];
const WHEN: [&str; 6] = [
    "on Monday",
    "on Tuesday evening",
    "last week",
    "after the storm",
    "before the vote",
    "on Friday morning",
];
const WHAT: [&str; 12] = [
    "that the bridge would open again in June",
    "that nobody had been hurt",
    "that the prices of bread would rise by 4 percent",
    "that 250 new trees would be planted",
    "that the trains would run every ten minutes",
    "that the exhibition had had many visitors",
    "that the road was closed until spring",
    "that the work would cost 1.2 million euros",
    "that the water was clean again",
    "that the team needed more time",
    "that the night bus would return",
    "that the old library should stay",
];

/// Texts to choose from; without any, sentences are put together.
#[derive(Debug, Clone, Default)]
pub struct Texts(Vec<String>);

impl Texts {
    /// The lines of a file that are not empty.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        let lines = fs::read_to_string(path)?;
        Ok(Self(lines.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()))
    }

    /// One of them.
    pub fn choose(&self, rng: &mut Rng) -> String {
        if let Some(text) = rng.choice(&self.0) {
            return text.clone();
        }
        let mut one = |words: &[&'static str]| words[rng.usize(..words.len())];
        format!("{} {} {} {}.", one(&WHO), one(&SAID), one(&WHEN), one(&WHAT))
    }
}
