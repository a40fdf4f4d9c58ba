//! The file of the glossaries. Each change is one commit.

use std::{collections::HashMap, ops::Bound, path::Path};

use redb::{Error, ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};

use super::{GlossaryError, GlossaryName, Heading, MOST_BYTES, MOST_GLOSSARIES, Registered};
use crate::{
    database::{DatabaseError, DatabaseFile, Kind},
    fidelity::terms::{MOST_TERMS, Term},
    lang::Pair,
};

/// The direction, the revision and the number of terms of each glossary, by name.
const HEADINGS: TableDefinition<'_, &str, (&str, u64, u64)> = TableDefinition::new("glossaries");
/// The terms of each glossary, by name and place.
const TERMS: TableDefinition<'_, (&str, u64), (&str, &str)> = TableDefinition::new("glossaries.terms");
/// The newest revision, in [`Kind::about`].
const REVISION: &str = "revision";

/// A glossary file.
static GLOSSARIES: Kind = Kind {
    name: "glossary",
    table: "triglot.glossaries",
    format: 1,
    create: |write| {
        write.open_table(HEADINGS)?;
        write.open_table(TERMS)?;
        Ok(())
    },
    cache_bytes: 4 << 20,
};

/// Glossaries on disk. One process at a time can have the file open.
#[derive(Debug)]
pub struct GlossaryFile {
    file: DatabaseFile,
}

impl GlossaryFile {
    /// Opens a file, and creates it if it is missing.
    ///
    /// # Errors
    /// Those of [`DatabaseFile::open`].
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self { file: DatabaseFile::open(path, &GLOSSARIES)? })
    }

    /// Writes a whole glossary: a new one if `revision` is 0, or else in place of the one with this revision.
    ///
    /// # Errors
    /// When somebody else wrote the glossary meanwhile, or it is too large, or there are too many.
    pub fn put(
        &self,
        name: &GlossaryName,
        pair: Pair,
        terms: &[Term],
        revision: u64,
    ) -> Result<Heading, GlossaryError> {
        self.file.attempt(|write| {
            let headings = write.open_table(HEADINGS)?;
            let current = heading(&headings, name)?;
            let is_full = headings.len()? >= MOST_GLOSSARIES as u64;
            drop(headings);
            Ok(match current {
                None if revision > 0 => Err(GlossaryError::Unknown(name.clone())),
                None if is_full => Err(GlossaryError::TooMany),
                Some(_) if revision == 0 => Err(GlossaryError::Exists(name.clone())),
                Some(current) if current.revision != revision => Err(changed(current)),
                _ => store(write, name, pair, terms)?,
            })
        })?
    }

    /// Adds terms to a glossary in place of those with the same source, and removes the terms with the sources in `remove`.
    ///
    /// # Errors
    /// When there is no such glossary, or it would become too large.
    pub fn change(
        &self,
        name: &GlossaryName,
        put: Vec<Term>,
        remove: &[String],
    ) -> Result<Heading, GlossaryError> {
        self.file.attempt(|write| {
            let Some(Heading { pair, .. }) = heading(&write.open_table(HEADINGS)?, name)? else {
                return Ok(Err(GlossaryError::Unknown(name.clone())));
            };
            let table = write.open_table(TERMS)?;
            let mut terms: Vec<Option<Term>> = listed(&table, name)?.into_iter().map(Some).collect();
            drop(table);
            let places = terms.iter().enumerate();
            let mut places: HashMap<String, usize> =
                places.filter_map(|(at, term)| Some((term.as_ref()?.source.clone(), at))).collect();
            for source in remove {
                if let Some(at) = places.remove(source.trim()) {
                    terms[at] = None;
                }
            }
            for term in put {
                let at = *places.entry(term.source.clone()).or_insert(terms.len());
                if at == terms.len() {
                    terms.push(None);
                }
                terms[at] = Some(term);
            }
            let terms: Vec<Term> = terms.into_iter().flatten().collect();
            store(write, name, pair, &terms)
        })?
    }

    /// A glossary with its terms.
    ///
    /// # Errors
    /// When there is none with this name.
    pub fn get(&self, name: &GlossaryName) -> Result<Registered, GlossaryError> {
        let found = self.file.read(|read| {
            let Some(heading) = heading(&read.open_table(HEADINGS)?, name)? else { return Ok(None) };
            Ok(Some(Registered { heading, terms: listed(&read.open_table(TERMS)?, name)? }))
        })?;
        found.ok_or_else(|| GlossaryError::Unknown(name.clone()))
    }

    /// What is known of a glossary without its terms.
    ///
    /// # Errors
    /// When there is none with this name.
    pub fn heading(&self, name: &GlossaryName) -> Result<Heading, GlossaryError> {
        let found = self.file.read(|read| heading(&read.open_table(HEADINGS)?, name))?;
        found.ok_or_else(|| GlossaryError::Unknown(name.clone()))
    }

    /// The first `count` glossaries in the order of their names, or those after a name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self, after: Option<&GlossaryName>, count: usize) -> Result<Vec<Heading>, GlossaryError> {
        let first = after.map_or(Bound::Unbounded, |name| Bound::Excluded(name.as_str()));
        let list = self.file.read(|read| {
            let table = read.open_table(HEADINGS)?;
            let mut list = Vec::new();
            for entry in table.range::<&str>((first, Bound::Unbounded))?.take(count) {
                let (name, heading) = entry?;
                list.push(parsed(name.value(), heading.value())?);
            }
            Ok(list)
        })?;
        Ok(list)
    }

    /// Removes a glossary. It must have this revision, unless `revision` is 0.
    ///
    /// # Errors
    /// When there is none with this name, or somebody else wrote it meanwhile.
    pub fn delete(&self, name: &GlossaryName, revision: u64) -> Result<(), GlossaryError> {
        self.file.attempt(|write| {
            let mut headings = write.open_table(HEADINGS)?;
            let current = heading(&headings, name)?;
            Ok(match current {
                None => Err(GlossaryError::Unknown(name.clone())),
                Some(current) if ![0, current.revision].contains(&revision) => Err(changed(current)),
                Some(_) => {
                    headings.remove(name.as_str())?;
                    clear(write, name)?;
                    Ok(())
                }
            })
        })?
    }
}

fn changed(Heading { name, revision, .. }: Heading) -> GlossaryError {
    GlossaryError::Changed { name, revision }
}

fn heading(
    table: &impl ReadableTable<&'static str, (&'static str, u64, u64)>,
    name: &GlossaryName,
) -> Result<Option<Heading>, Error> {
    table.get(name.as_str())?.map(|heading| parsed(name.as_str(), heading.value())).transpose()
}

fn parsed(name: &str, (pair, revision, terms): (&str, u64, u64)) -> Result<Heading, Error> {
    let (Ok(name), Ok(pair)) = (name.parse(), pair.parse()) else {
        return Err(Error::Corrupted("a glossary has an invalid name or direction".to_owned()));
    };
    Ok(Heading { name, pair, revision, terms: terms as usize })
}

fn listed(
    table: &impl ReadableTable<(&'static str, u64), (&'static str, &'static str)>,
    name: &GlossaryName,
) -> Result<Vec<Term>, Error> {
    let mut terms = Vec::new();
    for entry in table.range((name.as_str(), 0)..=(name.as_str(), u64::MAX))? {
        let (_, term) = entry?;
        let (source, target) = term.value();
        terms.push(Term { source: source.to_owned(), target: target.to_owned() });
    }
    Ok(terms)
}

fn clear(write: &WriteTransaction, name: &GlossaryName) -> Result<(), Error> {
    let mut table = write.open_table(TERMS)?;
    Ok(table.retain_in((name.as_str(), 0)..=(name.as_str(), u64::MAX), |_, _| false)?)
}

/// Writes a glossary with a new revision, in place of what it was.
fn store(
    write: &WriteTransaction,
    name: &GlossaryName,
    pair: Pair,
    terms: &[Term],
) -> Result<Result<Heading, GlossaryError>, Error> {
    if terms.len() > MOST_TERMS {
        return Ok(Err(GlossaryError::TooManyTerms));
    }
    if terms.iter().map(|term| term.source.len() + term.target.len()).sum::<usize>() > MOST_BYTES {
        return Ok(Err(GlossaryError::TooLarge));
    }
    let mut about = write.open_table(GLOSSARIES.about())?;
    let revision = about.get(REVISION)?.map_or(0, |revision| revision.value()) + 1;
    about.insert(REVISION, revision)?;
    clear(write, name)?;
    let mut table = write.open_table(TERMS)?;
    for (at, term) in (0..).zip(terms) {
        table.insert((name.as_str(), at), (term.source.as_str(), term.target.as_str()))?;
    }
    let direction = pair.to_string();
    let heading = (direction.as_str(), revision, terms.len() as u64);
    write.open_table(HEADINGS)?.insert(name.as_str(), heading)?;
    Ok(Ok(Heading { name: name.clone(), pair, revision, terms: terms.len() }))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;

    fn folder() -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("glossaries");
        (folder, path)
    }

    fn name(name: &str) -> GlossaryName {
        name.parse().unwrap()
    }

    fn pair() -> Pair {
        "en-fr".parse().unwrap()
    }

    fn terms(terms: &[(&str, &str)]) -> Vec<Term> {
        terms.iter().map(|(source, target)| Term::new(source, target).unwrap()).collect()
    }

    #[test]
    fn glossaries_are_there_after_a_restart() {
        let (_folder, path) = folder();
        let file = GlossaryFile::open(&path).unwrap();
        let heading = file.put(&name("bank"), pair(), &terms(&[("rate", "taux")]), 0).unwrap();
        drop(file);
        let file = GlossaryFile::open(&path).unwrap();
        let found = file.get(&name("bank")).unwrap();
        assert_eq!(found, Registered { heading: heading.clone(), terms: terms(&[("rate", "taux")]) });
        assert_eq!(file.list(None, 10).unwrap(), [heading]);
    }

    #[test]
    fn a_writer_that_missed_a_change_is_refused() {
        let (_folder, path) = folder();
        let file = GlossaryFile::open(&path).unwrap();
        let (one, two) = (terms(&[("rate", "taux")]), terms(&[("rate", "tarif")]));
        let first = file.put(&name("bank"), pair(), &one, 0).unwrap();
        assert!(matches!(file.put(&name("bank"), pair(), &two, 0), Err(GlossaryError::Exists(_))));
        assert!(matches!(file.put(&name("other"), pair(), &two, 1), Err(GlossaryError::Unknown(_))));
        let second = file.put(&name("bank"), pair(), &two, first.revision).unwrap();
        let late = file.put(&name("bank"), pair(), &one, first.revision);
        assert!(matches!(late, Err(GlossaryError::Changed { revision, .. }) if revision == second.revision));
        assert!(matches!(file.delete(&name("bank"), first.revision), Err(GlossaryError::Changed { .. })));
        assert_eq!(file.get(&name("bank")).unwrap().terms, two);
        file.delete(&name("bank"), second.revision).unwrap();
        assert!(matches!(file.get(&name("bank")), Err(GlossaryError::Unknown(_))));
        let again = file.put(&name("bank"), pair(), &one, 0).unwrap();
        assert!(again.revision > second.revision, "a revision never comes back");
    }

    #[test]
    fn a_change_touches_only_its_terms() {
        let (_folder, path) = folder();
        let file = GlossaryFile::open(&path).unwrap();
        let old = terms(&[("rate", "taux"), ("bank", "banque"), ("mill", "moulin")]);
        file.put(&name("bank-2"), pair(), &terms(&[("rate", "tarif")]), 0).unwrap();
        let before = file.put(&name("bank"), pair(), &old, 0).unwrap();
        let new = terms(&[("weir", "barrage"), ("bank", "rive")]);
        let after = file.change(&name("bank"), new, &["mill".to_owned(), "sun".to_owned()]).unwrap();
        assert!(after.revision > before.revision);
        let expected = terms(&[("rate", "taux"), ("bank", "rive"), ("weir", "barrage")]);
        assert_eq!(file.get(&name("bank")).unwrap(), Registered { heading: after, terms: expected });
        assert_eq!(file.get(&name("bank-2")).unwrap().terms, terms(&[("rate", "tarif")]));
        let missing = file.change(&name("other"), Vec::new(), &[]);
        assert!(matches!(missing, Err(GlossaryError::Unknown(_))));
    }

    #[test]
    fn a_list_goes_on_after_a_name() {
        let (_folder, path) = folder();
        let file = GlossaryFile::open(&path).unwrap();
        for at in ["c", "a", "b", "a.1"] {
            file.put(&name(at), pair(), &[], 0).unwrap();
        }
        let names = |after: Option<&str>, count| {
            let list = file.list(after.map(name).as_ref(), count).unwrap();
            list.into_iter().map(|heading| heading.name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(None, 3), ["a", "a.1", "b"]);
        assert_eq!(names(Some("a.1"), 3), ["b", "c"]);
        assert!(names(Some("c"), 3).is_empty());
    }

    #[test]
    fn a_glossary_that_is_too_large_changes_nothing() {
        let (_folder, path) = folder();
        let file = GlossaryFile::open(&path).unwrap();
        let small = terms(&[("rate", "taux")]);
        file.put(&name("bank"), pair(), &small, 0).unwrap();
        let many: Vec<Term> =
            (0..MOST_TERMS).map(|at| Term::new(&format!("word {at}"), "mot").unwrap()).collect();
        let added = file.change(&name("bank"), many, &[]);
        assert!(matches!(added, Err(GlossaryError::TooManyTerms)));
        let long = Term::new(&"ж".repeat(200), &"ж".repeat(200)).unwrap();
        let large = vec![long; MOST_BYTES / 800 + 1];
        assert!(matches!(file.put(&name("large"), pair(), &large, 0), Err(GlossaryError::TooLarge)));
        assert_eq!(file.list(None, 9).unwrap().len(), 1);
        assert_eq!(file.get(&name("bank")).unwrap().terms, small);
    }
}
