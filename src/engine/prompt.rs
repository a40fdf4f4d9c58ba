//! How a model is asked. A base model translates by example: sentence pairs first, then the sentence and the name of the
//! target language; the line that follows is the translation. A model that was trained for it needs no examples.

use std::collections::BTreeMap;

use crate::{
    lang::{Language, Pair},
    tokenizer::{Tokenizer, TokenizerError},
};

/// Names of the languages and examples, or nothing: a model that is given the bare text, some with a mark for the target
/// language before it.
#[derive(Debug, Clone, Default)]
pub struct Prompt {
    asked: Option<Asked>,
    marks: BTreeMap<Language, String>,
}

#[derive(Debug, Clone)]
struct Asked {
    names: BTreeMap<Language, String>,
    /// Examples, each the same sentence in every language.
    examples: Vec<BTreeMap<Language, String>>,
}

impl Prompt {
    /// Names of all languages, and examples, each the same sentence in all of them.
    pub(super) fn by_example(
        names: BTreeMap<Language, String>,
        examples: Vec<BTreeMap<Language, String>>,
    ) -> Self {
        Self { asked: Some(Asked { names, examples }), marks: BTreeMap::new() }
    }

    /// The bare text, with a mark before it for a target language that has one.
    pub fn marked(marks: BTreeMap<Language, String>) -> Self {
        Self { asked: None, marks }
    }

    /// The same with the names alone.
    pub fn without_examples(mut self) -> Self {
        if let Some(asked) = &mut self.asked {
            asked.examples.clear();
        }
        self
    }

    /// What comes before every sentence of a pair; read once and kept.
    pub fn prefix(&self, pair: Pair) -> String {
        let Some(Asked { names, examples }) = &self.asked else { return String::new() };
        let example = |sentence: &BTreeMap<Language, String>| {
            let line = |language: Language| format!("{}: {}\n", names[&language], sentence[&language]);
            format!("{}{}\n", line(pair.source), line(pair.target))
        };
        examples.iter().map(example).collect()
    }

    /// Ids of the prefix, the mark that begins a text included; none where the model is given the bare text.
    pub fn prefix_tokens(&self, pair: Pair, tokenizer: &dyn Tokenizer) -> Result<Vec<u32>, TokenizerError> {
        match &self.asked {
            Some(_) => {
                let mut tokens: Vec<u32> = tokenizer.begin().into_iter().collect();
                tokens.extend(tokenizer.encode(&self.prefix(pair))?);
                Ok(tokens)
            }
            None => Ok(Vec::new()),
        }
    }

    /// Whether `translation` is that of an example, and `text` is not the example's.
    pub fn is_example(&self, pair: Pair, text: &str, translation: &str) -> bool {
        self.asked
            .iter()
            .flat_map(|asked| &asked.examples)
            .any(|sentence| sentence[&pair.target] == translation && sentence[&pair.source] != one_line(text))
    }

    /// What asks for the translation of `text`, behind the prefix.
    pub fn question(&self, pair: Pair, text: &str) -> String {
        match &self.asked {
            Some(Asked { names, .. }) => {
                format!("{}: {}\n{}:", names[&pair.source], one_line(text), names[&pair.target])
            }
            None => match self.marks.get(&pair.target) {
                Some(mark) => format!("{mark} {text}"),
                None => text.to_owned(),
            },
        }
    }
}

/// The text with every line break inside it, and the white space around that, made one space: a line is what a model
/// translates.
fn one_line(text: &str) -> String {
    let breaks = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    text.split(breaks).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Manifest;

    const MANIFEST: &str = include_str!("../../models/gemma3-270m/manifest.toml");

    #[test]
    fn a_question_follows_the_examples() {
        let prompt = Manifest::parse(MANIFEST).unwrap().prompt;
        let pair = "en-fr".parse().unwrap();
        let prefix = prompt.prefix(pair);
        assert!(prefix.starts_with("English: ") && prefix.ends_with("\n\n"));
        assert_eq!(prefix.matches("\nFrench: ").count(), 3);
        assert_eq!(prompt.question(pair, "One\r\n  two."), "English: One two.\nFrench:");
    }

    #[test]
    fn an_example_is_known_when_it_comes_back() {
        let prompt = Manifest::parse(MANIFEST).unwrap().prompt;
        let pair: Pair = "en-fr".parse().unwrap();
        let example = &prompt.asked.as_ref().unwrap().examples[2];
        let (source, target) = (&example[&pair.source], &example[&pair.target]);
        assert!(prompt.is_example(pair, "Rain", target));
        assert!(!prompt.is_example(pair, source, target));
        assert!(!prompt.is_example(pair, "Rain", "Pluie"));
    }

    #[test]
    fn a_trained_model_is_asked_without_examples() {
        let prompt = Manifest::parse(MANIFEST).unwrap().prompt.without_examples();
        let pair = "ru-en".parse().unwrap();
        assert_eq!(prompt.prefix(pair), "");
        assert_eq!(prompt.question(pair, "Да."), "Russian: Да.\nEnglish:");
    }
}
