//! The prompt around a text. A base model translates by example: it reads sentence pairs, then the sentence and the name of the
//! target language, and writes the translation as the next line. A model that was trained with this form needs no examples. A
//! chat model reads a message.

use std::collections::BTreeMap;

use crate::{
    lang::{Language, Pair},
    tokenizer::{Tokenizer, TokenizerError},
};

/// The prompt of a model.
#[derive(Debug, Clone)]
pub struct Prompt(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// The text alone, or with a language tag before it for the target languages in the map.
    Bare(BTreeMap<Language, String>),
    ByExample(ByExample),
    /// The chat messages around the text, for each target language.
    Chat(BTreeMap<Language, Frame>),
}

/// The tokens before and after a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub before: Vec<u32>,
    pub after: Vec<u32>,
}

/// A text and its prompt as token ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The text alone.
    pub source: Vec<u32>,
    /// All tokens that the model reads after the prefix.
    pub tokens: Vec<u32>,
}

impl Default for Prompt {
    fn default() -> Self {
        Self(Kind::Bare(BTreeMap::new()))
    }
}

#[derive(Debug, Clone)]
struct ByExample {
    names: BTreeMap<Language, String>,
    /// Examples, each the same sentence in every language.
    examples: Vec<BTreeMap<Language, String>>,
}

impl Prompt {
    /// A prompt by example: the names of all languages, and examples, each the same sentence in all languages.
    pub fn by_example(names: BTreeMap<Language, String>, examples: Vec<BTreeMap<Language, String>>) -> Self {
        Self(Kind::ByExample(ByExample { names, examples }))
    }

    /// The text alone, after the language tag of the target language if `tags` has one.
    pub fn tagged(tags: BTreeMap<Language, String>) -> Self {
        Self(Kind::Bare(tags))
    }

    /// Chat messages around the text, by target language.
    pub fn chat(frames: BTreeMap<Language, Frame>) -> Self {
        Self(Kind::Chat(frames))
    }

    /// The same prompt without its examples.
    pub fn without_examples(mut self) -> Self {
        if let Kind::ByExample(by_example) = &mut self.0 {
            by_example.examples.clear();
        }
        self
    }

    /// The text of the examples for a pair, which comes before every sentence. Empty without examples.
    pub fn examples(&self, pair: Pair) -> String {
        let Kind::ByExample(ByExample { names, examples }) = &self.0 else { return String::new() };
        let example = |sentence: &BTreeMap<Language, String>| {
            let line = |language: Language| format!("{}: {}\n", names[&language], sentence[&language]);
            format!("{}{}\n", line(pair.source), line(pair.target))
        };
        examples.iter().map(example).collect()
    }

    /// The tokens before every text of a pair, with the start token. A worker reads them once per pair. Empty if the prompt has
    /// no prefix.
    pub fn prefix(&self, pair: Pair, tokenizer: &dyn Tokenizer) -> Result<Vec<u32>, TokenizerError> {
        match &self.0 {
            Kind::ByExample(_) => {
                let mut tokens: Vec<u32> = tokenizer.begin().into_iter().collect();
                tokens.extend(tokenizer.encode(&self.examples(pair))?);
                Ok(tokens)
            }
            Kind::Chat(frames) => {
                Ok(frames.get(&pair.target).map_or_else(Vec::new, |frame| frame.before.clone()))
            }
            Kind::Bare(_) => Ok(Vec::new()),
        }
    }

    /// Whether `translation` is that of an example, and `text` is not the source of this example.
    pub fn echoes_example(&self, pair: Pair, text: &str, translation: &str) -> bool {
        let Kind::ByExample(ByExample { examples, .. }) = &self.0 else { return false };
        examples
            .iter()
            .any(|sentence| sentence[&pair.target] == translation && sentence[&pair.source] != one_line(text))
    }

    /// Encodes `text` with the part of the prompt that comes after the prefix.
    pub fn encode(
        &self,
        pair: Pair,
        text: &str,
        tokenizer: &dyn Tokenizer,
    ) -> Result<Encoded, TokenizerError> {
        let source = tokenizer.encode(text)?;
        let mut tokens = match self.wording(pair, text) {
            Some(wording) => tokenizer.encode(&wording)?,
            None => source.clone(),
        };
        if let Kind::Chat(frames) = &self.0
            && let Some(frame) = frames.get(&pair.target)
        {
            tokens.extend_from_slice(&frame.after);
        }
        Ok(Encoded { source, tokens })
    }

    /// The text with the words that the prompt puts around it; `None` for the text alone.
    fn wording(&self, pair: Pair, text: &str) -> Option<String> {
        match &self.0 {
            Kind::ByExample(ByExample { names, .. }) => {
                Some(format!("{}: {}\n{}:", names[&pair.source], one_line(text), names[&pair.target]))
            }
            Kind::Bare(tags) => tags.get(&pair.target).map(|tag| format!("{tag} {text}")),
            Kind::Chat(_) => None,
        }
    }
}

/// Replaces every line break in the text, with the white space around it, by one space: the prompt has one line per sentence.
fn one_line(text: &str) -> String {
    let breaks = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    text.split(breaks).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A prompt with three examples.
    fn prompt() -> Prompt {
        let texts = |texts: [&str; 3]| Language::ALL.into_iter().zip(texts.map(str::to_owned)).collect();
        let examples =
            [["Yes.", "Oui.", "Да."], ["Snow", "Neige", "Снег"], ["It is late.", "Il est tard.", "Поздно."]];
        Prompt::by_example(texts(["English", "French", "Russian"]), examples.map(texts).into())
    }

    #[test]
    fn the_sentence_follows_the_examples() {
        let prompt = prompt();
        let pair = "en-fr".parse().unwrap();
        let prefix = prompt.examples(pair);
        assert!(prefix.starts_with("English: ") && prefix.ends_with("\n\n"));
        assert_eq!(prefix.matches("\nFrench: ").count(), 3);
        assert_eq!(prompt.wording(pair, "One\r\n  two.").unwrap(), "English: One two.\nFrench:");
    }

    #[test]
    fn an_echoed_example_is_recognised() {
        let prompt = prompt();
        let pair: Pair = "en-fr".parse().unwrap();
        let Kind::ByExample(ByExample { examples, .. }) = &prompt.0 else { panic!("it has examples") };
        let example = &examples[2];
        let (source, target) = (&example[&pair.source], &example[&pair.target]);
        assert!(prompt.echoes_example(pair, "Rain", target));
        assert!(!prompt.echoes_example(pair, source, target));
        assert!(!prompt.echoes_example(pair, "Rain", "Pluie"));
    }

    #[test]
    fn a_prompt_without_examples_keeps_the_names() {
        let prompt = prompt().without_examples();
        let pair = "ru-en".parse().unwrap();
        assert_eq!(prompt.examples(pair), "");
        assert_eq!(prompt.wording(pair, "Да.").unwrap(), "Russian: Да.\nEnglish:");
    }
}
