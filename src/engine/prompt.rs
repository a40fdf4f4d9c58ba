//! How a model is asked. A base model translates by example: sentence pairs first, then the sentence and the name of the
//! target language; the line that follows is the translation. A model that was trained for it needs no examples. A chat
//! model is sent a message.

use std::collections::BTreeMap;

use crate::{
    lang::{Language, Pair},
    tokenizer::{Tokenizer, TokenizerError},
};

/// What stands around a text.
#[derive(Debug, Clone)]
pub struct Prompt(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// Nothing, or for some models a mark for the target language before it.
    Bare(BTreeMap<Language, String>),
    ByExample(Asked),
    /// The rest of the messages, for each language in which an answer can be had.
    Chat(BTreeMap<Language, Frame>),
}

/// Tokens before and behind a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub before: Vec<u32>,
    pub after: Vec<u32>,
}

/// A text and what is asked about it, as ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The text alone.
    pub source: Vec<u32>,
    /// All that the model reads behind the prefix.
    pub tokens: Vec<u32>,
}

impl Default for Prompt {
    fn default() -> Self {
        Self(Kind::Bare(BTreeMap::new()))
    }
}

#[derive(Debug, Clone)]
struct Asked {
    names: BTreeMap<Language, String>,
    /// Examples, each the same sentence in every language.
    examples: Vec<BTreeMap<Language, String>>,
}

impl Prompt {
    /// Names of all languages, and examples, each the same sentence in all of them.
    pub fn by_example(names: BTreeMap<Language, String>, examples: Vec<BTreeMap<Language, String>>) -> Self {
        Self(Kind::ByExample(Asked { names, examples }))
    }

    /// The bare text, with a mark before it for a target language that has one.
    pub fn marked(marks: BTreeMap<Language, String>) -> Self {
        Self(Kind::Bare(marks))
    }

    /// Messages around the text.
    pub fn chat(frames: BTreeMap<Language, Frame>) -> Self {
        Self(Kind::Chat(frames))
    }

    /// The same with the names alone.
    pub fn without_examples(mut self) -> Self {
        if let Kind::ByExample(asked) = &mut self.0 {
            asked.examples.clear();
        }
        self
    }

    /// The examples of a pair, as they come before every sentence.
    pub fn examples(&self, pair: Pair) -> String {
        let Kind::ByExample(Asked { names, examples }) = &self.0 else { return String::new() };
        let example = |sentence: &BTreeMap<Language, String>| {
            let line = |language: Language| format!("{}: {}\n", names[&language], sentence[&language]);
            format!("{}{}\n", line(pair.source), line(pair.target))
        };
        examples.iter().map(example).collect()
    }

    /// Ids of what comes before every text of a pair, the mark that begins it included; read once and kept. None where the
    /// model is given the bare text.
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

    /// Whether `translation` is that of an example, and `text` is not the example's.
    pub fn is_example(&self, pair: Pair, text: &str, translation: &str) -> bool {
        let Kind::ByExample(Asked { examples, .. }) = &self.0 else { return false };
        examples
            .iter()
            .any(|sentence| sentence[&pair.target] == translation && sentence[&pair.source] != one_line(text))
    }

    /// What asks about `text`, behind the prefix.
    pub fn question(
        &self,
        pair: Pair,
        text: &str,
        tokenizer: &dyn Tokenizer,
    ) -> Result<Question, TokenizerError> {
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
        Ok(Question { source, tokens })
    }

    /// The words of the question; `None` for the text alone.
    fn wording(&self, pair: Pair, text: &str) -> Option<String> {
        match &self.0 {
            Kind::ByExample(Asked { names, .. }) => {
                Some(format!("{}: {}\n{}:", names[&pair.source], one_line(text), names[&pair.target]))
            }
            Kind::Bare(marks) => marks.get(&pair.target).map(|mark| format!("{mark} {text}")),
            Kind::Chat(_) => None,
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

    /// Names, and three examples.
    fn prompt() -> Prompt {
        let texts = |texts: [&str; 3]| Language::ALL.into_iter().zip(texts.map(str::to_owned)).collect();
        let examples =
            [["Yes.", "Oui.", "Да."], ["Snow", "Neige", "Снег"], ["It is late.", "Il est tard.", "Поздно."]];
        Prompt::by_example(texts(["English", "French", "Russian"]), examples.map(texts).into())
    }

    #[test]
    fn a_question_follows_the_examples() {
        let prompt = prompt();
        let pair = "en-fr".parse().unwrap();
        let prefix = prompt.examples(pair);
        assert!(prefix.starts_with("English: ") && prefix.ends_with("\n\n"));
        assert_eq!(prefix.matches("\nFrench: ").count(), 3);
        assert_eq!(prompt.wording(pair, "One\r\n  two.").unwrap(), "English: One two.\nFrench:");
    }

    #[test]
    fn an_example_is_known_when_it_comes_back() {
        let prompt = prompt();
        let pair: Pair = "en-fr".parse().unwrap();
        let Kind::ByExample(Asked { examples, .. }) = &prompt.0 else { panic!("it has examples") };
        let example = &examples[2];
        let (source, target) = (&example[&pair.source], &example[&pair.target]);
        assert!(prompt.is_example(pair, "Rain", target));
        assert!(!prompt.is_example(pair, source, target));
        assert!(!prompt.is_example(pair, "Rain", "Pluie"));
    }

    #[test]
    fn a_trained_model_is_asked_without_examples() {
        let prompt = prompt().without_examples();
        let pair = "ru-en".parse().unwrap();
        assert_eq!(prompt.examples(pair), "");
        assert_eq!(prompt.wording(pair, "Да.").unwrap(), "Russian: Да.\nEnglish:");
    }
}
