//! Translation units: sentences with the translations that people made of them.
//!
//! They come from a file (see `tmx`) and stay until the next import that replaces them. An index by digest finds the unit of a
//! sentence; an index by word finds the units of similar sentences.

use std::collections::HashMap;

use rapidfuzz::distance::levenshtein::{Args, normalized_similarity_with_args};
use redb::{
    Error, MultimapTable, MultimapTableDefinition, MultimapValue, ReadOnlyMultimapTable, ReadTransaction,
    ReadableMultimapTable, ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction,
};
use sha2::{Digest, Sha256};

use super::Key;
use crate::{
    fidelity::clean,
    lang::{Language, Pair},
};

/// The direction, source and target of each unit, by number. A later unit has a larger number.
const UNITS: TableDefinition<'_, u64, (&str, &str, &str)> = TableDefinition::new("units");
/// The units with a source, by its digest.
const EXACT: MultimapTableDefinition<'_, &Key, u64> = MultimapTableDefinition::new("units.exact");
/// The units whose source has a word, by direction and word.
const WORDS: MultimapTableDefinition<'_, (&str, &str), u64> = MultimapTableDefinition::new("units.words");

/// Most units of a word in the index: a word that more sentences have tells little.
const WORD_UNITS: u64 = 2_000;
/// Words of a sentence that are looked up, the rarest ones.
const RAREST: usize = 8;
/// Units that share most of these words, and are compared with the sentence.
const CANDIDATES: usize = 64;
/// Most matches of a sentence.
const MATCHES: usize = 3;
/// Least similarity of a match.
pub const LEAST_SIMILARITY: f64 = 0.7;

/// A sentence and its translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub pair: Pair,
    pub source: String,
    pub target: String,
}

/// A unit that fits a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    pub source: String,
    pub target: String,
    /// 1 if the source is the sentence; or else the normalised Levenshtein similarity of both, at least [`LEAST_SIMILARITY`].
    pub similarity: f32,
}

impl Match {
    /// Whether its source is the sentence.
    pub fn is_exact(&self) -> bool {
        self.similarity >= 1.0
    }
}

/// How many units an import has read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: u64,
    /// Units that the memory had.
    pub known: u64,
}

/// Creates the tables.
pub(super) fn create(write: &WriteTransaction) -> Result<(), Error> {
    write.open_table(UNITS)?;
    write.open_multimap_table(EXACT)?;
    write.open_multimap_table(WORDS)?;
    Ok(())
}

/// Whether there are no units.
pub(super) fn is_empty(read: &ReadTransaction) -> Result<bool, Error> {
    Ok(read.open_table(UNITS)?.is_empty()?)
}

/// Adds units, in place of all others if `replace`.
pub(super) fn import<E>(
    write: &WriteTransaction,
    units: impl Iterator<Item = Result<Unit, E>>,
    replace: bool,
) -> Result<Result<Imported, E>, Error> {
    if replace {
        write.delete_table(UNITS)?;
        write.delete_multimap_table(EXACT)?;
        write.delete_multimap_table(WORDS)?;
    }
    let mut imported = Imported::default();
    let mut tables = Tables {
        units: write.open_table(UNITS)?,
        exact: write.open_multimap_table(EXACT)?,
        words: write.open_multimap_table(WORDS)?,
    };
    for unit in units {
        match unit {
            Ok(unit) if tables.add(&unit)? => imported.added += 1,
            Ok(_) => imported.known += 1,
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(imported))
}

/// The tables of an import.
struct Tables<'a> {
    units: Table<'a, u64, (&'static str, &'static str, &'static str)>,
    exact: MultimapTable<'a, &'static Key, u64>,
    words: MultimapTable<'a, (&'static str, &'static str), u64>,
}

impl Tables<'_> {
    /// Adds a unit; false if it is there.
    fn add(&mut self, Unit { pair, source, target }: &Unit) -> Result<bool, Error> {
        let (sentence, direction) = (normal(pair.source, source), pair.to_string());
        let key = digest(*pair, &sentence);
        for number in self.exact.get(&key)? {
            if self.units.get(number?.value())?.is_some_and(|unit| unit.value().2 == target) {
                return Ok(false);
            }
        }
        let number = self.units.last()?.map_or(0, |(number, _)| number.value() + 1);
        self.units.insert(number, (direction.as_str(), source.as_str(), target.as_str()))?;
        self.exact.insert(&key, number)?;
        for word in distinct(&sentence) {
            let entry = (direction.as_str(), word.as_str());
            if self.words.get(entry)?.len() < WORD_UNITS {
                self.words.insert(entry, number)?;
            }
        }
        Ok(true)
    }
}

/// The units of a sentence, the newest first, and then those of similar sentences if `similar`, the most similar first.
pub(super) fn matches(
    read: &ReadTransaction,
    pair: Pair,
    sentence: &str,
    similar: bool,
) -> Result<Vec<Match>, Error> {
    let (units, exact) = (read.open_table(UNITS)?, read.open_multimap_table(EXACT)?);
    let sentence = normal(pair.source, sentence);
    let mut found = Vec::new();
    for number in exact.get(&digest(pair, &sentence))?.rev().take(MATCHES) {
        found.push((1.0, number?.value()));
    }
    if similar && found.len() < MATCHES {
        let words = read.open_multimap_table(WORDS)?;
        let candidates = candidates(&words, pair, &sentence)?;
        let mut alike = Vec::new();
        for number in candidates.into_iter().filter(|number| found.iter().all(|(_, other)| other != number)) {
            let Some(unit) = units.get(number)? else { continue };
            let source = normal(pair.source, unit.value().1);
            let least = Args::default().score_cutoff(LEAST_SIMILARITY);
            let similarity = normalized_similarity_with_args(sentence.chars(), source.chars(), &least);
            alike.extend(similarity.map(|similarity| (similarity, number)));
        }
        alike.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1)));
        found.extend(alike);
        found.truncate(MATCHES);
    }
    let mut matches = Vec::new();
    for (similarity, number) in found {
        if let Some(unit) = units.get(number)? {
            let (_, source, target) = unit.value();
            let (source, target) = (source.to_owned(), target.to_owned());
            matches.push(Match { source, target, similarity: similarity as f32 });
        }
    }
    Ok(matches)
}

/// The units that share most of the rarest words of a sentence, the newest first of those that share as many.
fn candidates(
    words: &ReadOnlyMultimapTable<(&str, &str), u64>,
    pair: Pair,
    sentence: &str,
) -> Result<Vec<u64>, Error> {
    let direction = pair.to_string();
    let mut rarest = Vec::new();
    for word in distinct(sentence) {
        let found = words.get((direction.as_str(), word.as_str()))?;
        rarest.extend((!found.is_empty()).then_some(found));
    }
    rarest.sort_by_key(MultimapValue::len);
    let mut shared: HashMap<u64, usize> = HashMap::new();
    for found in rarest.into_iter().take(RAREST) {
        for number in found {
            *shared.entry(number?.value()).or_default() += 1;
        }
    }
    let mut candidates: Vec<(usize, u64)> =
        shared.into_iter().map(|(number, count)| (count, number)).collect();
    candidates.sort_unstable_by(|one, other| other.cmp(one));
    Ok(candidates.into_iter().take(CANDIDATES).map(|(_, number)| number).collect())
}

/// Calls `each` with all units, in the order of their import.
pub(super) fn export<E>(
    read: &ReadTransaction,
    mut each: impl FnMut(Unit) -> Result<(), E>,
) -> Result<Result<(), E>, Error> {
    for unit in read.open_table(UNITS)?.iter()? {
        let (_, unit) = unit?;
        let (direction, source, target) = unit.value();
        let Ok(pair) = direction.parse() else { continue };
        if let Err(error) = each(Unit { pair, source: source.to_owned(), target: target.to_owned() }) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// A sentence as it is compared: without spaces around it and without characters that a reader does not see.
fn normal(language: Language, sentence: &str) -> String {
    clean(language, sentence).apply(sentence).trim().to_owned()
}

fn digest(pair: Pair, sentence: &str) -> Key {
    let mut digest = Sha256::new();
    digest.update(pair.to_string());
    digest.update(" ");
    digest.update(sentence);
    digest.finalize().into()
}

/// The words of a sentence in small letters, each once.
fn distinct(sentence: &str) -> Vec<String> {
    let words = sentence.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.map(str::to_lowercase).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::{database::DatabaseError, memory::MemoryFile};

    fn memory() -> (TempDir, MemoryFile) {
        let folder = TempDir::new().unwrap();
        let memory = MemoryFile::open(&folder.path().join("memory"), 16 << 20).unwrap();
        (folder, memory)
    }

    fn pair() -> Pair {
        "en-fr".parse().unwrap()
    }

    fn units(texts: &[(&str, &str)]) -> Vec<Unit> {
        let unit = |(source, target): &(&str, &str)| Unit {
            pair: pair(),
            source: (*source).to_owned(),
            target: (*target).to_owned(),
        };
        texts.iter().map(unit).collect()
    }

    fn add(memory: &MemoryFile, texts: &[(&str, &str)], replace: bool) -> Imported {
        memory.import(units(texts).into_iter().map(Ok::<_, DatabaseError>), replace).unwrap()
    }

    fn found(memory: &MemoryFile, sentence: &str, similar: bool) -> Vec<(f32, String)> {
        let found = memory.matches(pair(), sentence, similar);
        found.into_iter().map(|one| ((one.similarity * 100.0).round(), one.target)).collect()
    }

    #[test]
    fn the_newest_unit_of_a_sentence_comes_first() {
        let (_folder, memory) = memory();
        assert!(!memory.has_units());
        let both = [("The mill is old.", "Le moulin est vieux."), ("The mill is old.", "Le vieux moulin.")];
        assert_eq!(add(&memory, &both, false), Imported { added: 2, known: 0 });
        assert_eq!(add(&memory, &both[..1], false), Imported { added: 0, known: 1 });
        assert!(memory.has_units());
        let expected = [(100.0, "Le vieux moulin.".to_owned()), (100.0, "Le moulin est vieux.".to_owned())];
        assert_eq!(found(&memory, " The\u{a0}mill is o\u{ad}ld. ", false), expected);
        assert_eq!(found(&memory, "The mill is new.", false), []);
        let back = Pair { source: Language::French, target: Language::English };
        assert_eq!(memory.matches(back, "Le vieux moulin.", true), []);
    }

    #[test]
    fn similar_sentences_are_found_by_their_rare_words() {
        let (_folder, memory) = memory();
        let many: Vec<(String, String)> =
            (0..3000).map(|at| (format!("The mill number {at} is old."), format!("Moulin {at}."))).collect();
        let many: Vec<(&str, &str)> =
            many.iter().map(|(source, target)| (source.as_str(), target.as_str())).collect();
        add(&memory, &many, false);
        add(&memory, &[("A quarrel about the weir goes on.", "La dispute du barrage continue.")], false);
        let alike = found(&memory, "The quarrel about the weir goes on!", true);
        assert_eq!(alike, [(89.0, "La dispute du barrage continue.".to_owned())]);
        let alike = found(&memory, "The mill number 2712 is old.", true);
        assert_eq!((alike.len(), &alike[0]), (3, &(100.0, "Moulin 2712.".to_owned())));
        assert!(alike[1..].iter().all(|(similarity, _)| (70.0..100.0).contains(similarity)), "{alike:?}");
        assert_eq!(found(&memory, "Nothing of this is known.", true), []);
    }

    #[test]
    fn a_replacing_import_leaves_no_other_units() {
        let (_folder, memory) = memory();
        add(&memory, &[("The mill is old.", "Le moulin est vieux.")], false);
        add(&memory, &[("The weir is old.", "Le barrage est vieux.")], true);
        let mut all = Vec::new();
        let each = |unit| -> Result<(), DatabaseError> {
            all.push(unit);
            Ok(())
        };
        memory.export(each).unwrap();
        assert_eq!(all, units(&[("The weir is old.", "Le barrage est vieux.")]));
        assert_eq!(found(&memory, "The mill is old.", false), []);
    }

    #[derive(Debug)]
    enum Failed {
        Cut,
        Database(#[expect(dead_code, reason = "shown when the test fails")] DatabaseError),
    }

    impl From<DatabaseError> for Failed {
        fn from(error: DatabaseError) -> Self {
            Self::Database(error)
        }
    }

    #[test]
    fn a_failed_import_changes_nothing() {
        let (_folder, memory) = memory();
        add(&memory, &[("The mill is old.", "Le moulin est vieux.")], false);
        let new = units(&[("The weir is old.", "Le barrage est vieux.")]).remove(0);
        let result = memory.import([Ok(new), Err(Failed::Cut)].into_iter(), true);
        assert!(matches!(result, Err(Failed::Cut)));
        assert_eq!(found(&memory, "The mill is old.", false).len(), 1);
        assert_eq!(found(&memory, "The weir is old.", false), []);
    }
}
