//! The file with the keys: only their digests, so that who reads the file cannot call the server.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    num::{NonZeroU32, NonZeroU64},
    path::Path,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Class, Digest};
use crate::glossary::GlossaryName;

/// Longest file, in bytes.
const MOST_BYTES: u64 = 4 << 20;
/// Most keys.
const MOST_KEYS: usize = 10_000;
/// Most calls a second; more than a server can count would mean no limit.
const MOST_CALLS: f64 = 1e6;

/// A key is named as glossaries are.
pub type KeyName = GlossaryName;

/// What the file says of a key.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Who has the key. The log has this name.
    #[serde(deserialize_with = "name", serialize_with = "write_name")]
    pub name: KeyName,
    /// Digest of the key, in hexadecimal.
    #[serde(with = "hex")]
    pub sha256: Digest,
    #[serde(default)]
    pub class: Class,
    /// Calls a second in the long run; `None`: any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_per_second: Option<f64>,
    /// Calls at once, after a pause; `None`: those of one second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<NonZeroU32>,
    /// Characters of texts in a day of UTC; `None`: any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chars_per_day: Option<NonZeroU64>,
}

/// All of the file.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entries<T> {
    keys: T,
}

/// Why a text is no file of keys. No message quotes it, since somebody may have written a key into it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntriesError {
    #[error("the text is not in UTF-8")]
    NotText,
    #[error("line {line}: {problem}")]
    Syntax { line: usize, problem: String },
    #[error("there is no key; a server without keys needs no such file")]
    Empty,
    #[error("there are more than {MOST_KEYS} keys")]
    TooMany,
    #[error("two keys have the name {0}")]
    OneName(KeyName),
    #[error("{0} and {1} have the same key")]
    OneKey(KeyName, KeyName),
    #[error("calls_per_second of {0} must be more than 0 and at most {MOST_CALLS}")]
    Rate(KeyName),
    #[error("{0} has a burst without calls_per_second")]
    Burst(KeyName),
}

/// Reads a file that is not too long.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MOST_BYTES {
        true => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {MOST_BYTES} bytes")))
        }
        false => Ok(bytes),
    }
}

/// Reads the keys of a file.
pub fn parse(bytes: &[u8]) -> Result<Vec<Entry>, EntriesError> {
    let text = str::from_utf8(bytes).map_err(|_| EntriesError::NotText)?;
    let Entries::<Vec<Entry>> { keys } = toml::from_str(text).map_err(|error| {
        let start = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        EntriesError::Syntax { line: start.matches('\n').count() + 1, problem: error.message().to_owned() }
    })?;
    if keys.is_empty() {
        return Err(EntriesError::Empty);
    }
    if keys.len() > MOST_KEYS {
        return Err(EntriesError::TooMany);
    }
    let (mut names, mut digests) = (HashMap::new(), HashMap::new());
    for entry in &keys {
        if names.insert(&entry.name, ()).is_some() {
            return Err(EntriesError::OneName(entry.name.clone()));
        }
        if let Some(other) = digests.insert(entry.sha256, &entry.name) {
            return Err(EntriesError::OneKey(other.clone(), entry.name.clone()));
        }
        entry.check()?;
    }
    Ok(keys)
}

impl Entry {
    /// Checks the numbers.
    pub fn check(&self) -> Result<(), EntriesError> {
        match self.calls_per_second {
            Some(rate) if !(rate > 0.0 && rate <= MOST_CALLS) => Err(EntriesError::Rate(self.name.clone())),
            None if self.burst.is_some() => Err(EntriesError::Burst(self.name.clone())),
            _ => Ok(()),
        }
    }

    /// The entry as the file has it.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&Entries { keys: [self] })
    }
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeyName, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn write_name<S: Serializer>(name: &KeyName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(name: &str, more: &str) -> String {
        // Another digest for each name.
        let digest = hex::encode([name.len() as u8; 32]);
        format!("[[keys]]\nname = \"{name}\"\nsha256 = \"{digest}\"\n{more}\n")
    }

    #[test]
    fn a_file_has_named_keys_with_their_limits() {
        let text = entry("a", "")
            + &entry("bb", "class = \"batch\"\ncalls_per_second = 0.5\nburst = 4\nchars_per_day = 9");
        let [first, second] =
            <[Entry; 2]>::try_from(parse(text.as_bytes()).expect("it is right")).expect("two");
        assert_eq!(
            (first.name.as_str(), first.class, first.calls_per_second),
            ("a", Class::Interactive, None)
        );
        assert_eq!((second.class, second.calls_per_second), (Class::Batch, Some(0.5)));
        assert_eq!((second.burst, second.chars_per_day), (NonZeroU32::new(4), NonZeroU64::new(9)));
    }

    #[test]
    fn a_file_with_a_mistake_is_refused_and_never_quoted() {
        let said = |text: &str| parse(text.as_bytes()).expect_err(text).to_string();
        assert_eq!(said("keys = []"), EntriesError::Empty.to_string());
        for (text, problem) in [
            ("", "line 1: missing field `keys`"),
            (&entry("a", "").replace('0', "g"), "line 3: "),
            (&entry("a", "").replace("01\"", "\""), "line 3: "),
            (&entry("A b", ""), "line 2: a name has 1 to 64"),
            (&entry("a", "limit = 3"), "line 4: unknown field `limit`"),
            (&(entry("a", "") + &entry("a", "")), "two keys have the name a"),
            (&(entry("a", "") + &entry("b", "")), "a and b have the same key"),
            (&entry("a", "calls_per_second = 0"), "calls_per_second of a must be more than 0"),
            (&entry("a", "calls_per_second = nan"), "calls_per_second of a must be more than 0"),
            (&entry("a", "burst = 2"), "a has a burst without"),
            (&entry("a", "chars_per_day = 0"), "line 4: "),
        ] {
            assert!(said(text).starts_with(problem), "{text}: {}", said(text));
        }
        let said = said("[[keys]]\nname = \"a\"\nsha256 = \"triglot_secret\"\n");
        assert!(!said.contains("secret"), "{said}");
    }

    #[test]
    fn too_many_keys_are_refused() {
        let digest = |number: usize| format!("{number:064x}");
        let text = |count| {
            (0..count).map(|number| format!("[[keys]]\nname=\"k{number}\"\nsha256=\"{}\"\n", digest(number)))
        };
        assert!(parse(text(MOST_KEYS).collect::<String>().as_bytes()).is_ok());
        assert_eq!(parse(text(MOST_KEYS + 1).collect::<String>().as_bytes()), Err(EntriesError::TooMany));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            name in "[a-z0-9][a-z0-9._-]{0,63}",
            sha256: [u8; 32],
            is_batch: bool,
            rate in prop::option::of((0.01..1e6, prop::option::of(1..u32::MAX))),
            chars in prop::option::of(1..i64::MAX as u64),
        ) {
            let entry = Entry {
                name: name.parse().expect("it is a name"),
                sha256,
                class: if is_batch { Class::Batch } else { Class::Interactive },
                calls_per_second: rate.map(|(rate, _)| rate),
                burst: rate.and_then(|(_, burst)| burst).and_then(NonZeroU32::new),
                chars_per_day: chars.and_then(NonZeroU64::new),
            };
            let text = entry.to_toml().expect("it can be written");
            prop_assert_eq!(parse(text.as_bytes()), Ok(vec![entry]));
        }
    }
}
