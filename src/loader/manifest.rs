//! A model's manifest: the prompt and the search settings that the weights do not contain.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    engine::{MAX_BEAM_SIZE, Prompt, SearchDefaults},
    lang::Language,
};

/// Why a manifest is not valid.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("cannot read the manifest: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("the manifest has no {what} for {language}")]
    Missing { what: &'static str, language: Language },
    #[error("the manifest has a line break inside its {what}")]
    LineEnd { what: &'static str },
    #[error("search.{0} in the manifest is out of range")]
    Search(&'static str),
}

/// A model's manifest.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    pub prompt: Prompt,
    pub search_defaults: SearchDefaults,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    languages: BTreeMap<String, String>,
    #[serde(default)]
    examples: Vec<BTreeMap<String, String>>,
    #[serde(default)]
    search: Search,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    beam_size: Option<u32>,
    prune: Option<f32>,
    length_penalty: Option<f32>,
}

impl Manifest {
    /// Parses a manifest.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let file: File = toml::from_str(text)?;
        let names = in_all_languages(&file.languages, "name")?;
        let examples = file
            .examples
            .iter()
            .map(|example| in_all_languages(example, "example"))
            .collect::<Result<_, _>>()?;
        let defaults = SearchDefaults::default();
        let Search { beam_size, prune, length_penalty } = file.search;
        let search_defaults = SearchDefaults {
            beam_size: beam_size.map_or(defaults.beam_size, |size| size as usize),
            prune: prune.unwrap_or(defaults.prune),
            length_penalty: length_penalty.unwrap_or(defaults.length_penalty),
            ..defaults
        };
        if !(1..=MAX_BEAM_SIZE as usize).contains(&search_defaults.beam_size) {
            return Err(ManifestError::Search("beam_size"));
        }
        if search_defaults.prune.is_nan() || search_defaults.prune < 0.0 {
            return Err(ManifestError::Search("prune"));
        }
        if !search_defaults.length_penalty.is_finite() {
            return Err(ManifestError::Search("length_penalty"));
        }
        Ok(Self { prompt: Prompt::by_example(names, examples), search_defaults })
    }

    /// Drops the examples, for a model that was trained without them.
    pub fn without_examples(self) -> Self {
        Self { prompt: self.prompt.without_examples(), ..self }
    }
}

/// Checks that every language has a text of one line, and keys the texts by language.
fn in_all_languages(
    texts: &BTreeMap<String, String>,
    what: &'static str,
) -> Result<BTreeMap<Language, String>, ManifestError> {
    Language::ALL
        .into_iter()
        .map(|language| {
            let text = texts.get(language.code()).ok_or(ManifestError::Missing { what, language })?;
            if text.contains(['\n', '\r']) {
                return Err(ManifestError::LineEnd { what });
            }
            Ok((language, text.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = include_str!("../../models/gemma3-270m/manifest.toml");

    #[test]
    fn a_manifest_without_a_language_is_refused() {
        assert!(Manifest::parse(&MANIFEST.replace("ru = \"Russian\"", "")).is_err());
    }

    #[test]
    fn search_settings_are_read_and_checked() {
        let parse = |search: &str| Manifest::parse(&format!("[search]\n{search}\n{}", bare()));
        let search = parse("beam_size = 3\nprune = 1.5\nlength_penalty = 0.8").unwrap().search_defaults;
        assert_eq!((search.beam_size, search.prune, search.length_penalty), (3, 1.5, 0.8));
        assert_eq!(parse("").unwrap().search_defaults.beam_size, 1);
        for wrong in [
            "beam_size = 0",
            "beam_size = 9",
            "prune = -1.0",
            "prune = nan",
            "length_penalty = inf",
            "width = 2",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    fn bare() -> &'static str {
        "[languages]\nen = \"English\"\nfr = \"French\"\nru = \"Russian\"\n"
    }
}
