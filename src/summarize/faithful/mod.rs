//! Checks that an article supports a sentence that a model wrote about it.
//!
//! Small models invent numbers and names, drop a "not", and attribute one person's words to another. A sentence with such an
//! error is refused. So is a sentence whose content is in too few sentences of the article. The check understands nothing:
//! it compares words, their forms and their order. In doubt it refuses, because an extracted sentence can replace the refused
//! one. Both texts are in one language; a summary is checked before it is translated.

mod agreement;
mod facts;
mod negation;
mod role;
mod sentence;
mod slot;

use std::collections::{HashMap, HashSet};

use self::{
    agreement::Evidence,
    facts::Facts,
    sentence::{IndexedSentence, ReadSentence},
};
use crate::lang::{Before, Grammar, Language, MOST_WORDS, Name, Speech, Weight, Word, same_word, words};

/// The share of a sentence's content that the supporting sentences must have. On 600 articles of OrangeSum's training part,
/// 263 of 866 summary sentences pass at 0.5 and 195 at 0.6; of 2,598 sentences about another article, 4 and 1.
const MIN_SHARE: f32 = 0.5;
/// The weight of a stop word or a reporting verb in that share; other words count 1.
const LIGHT_WEIGHT: f32 = 0.5;
/// The least content of a sentence that may differ from its source in wording.
const MIN_CONTENT: f32 = 2.0;
/// Letters that words of one root share.
const ROOT_LETTERS: usize = 4;

/// The evidence for a summary sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Support {
    /// Indexes of the sentences of the article with most of its content, best first; one or two.
    pub sentences: Vec<usize>,
    /// The share of its content that they contain, from 0 to 1.
    pub share: f32,
}

/// Why an article does not support a summary sentence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unsupported {
    #[error("the article does not support the number {0:?}")]
    Number(String),
    #[error("the article does not support the date {0:?}")]
    Date(String),
    #[error("the article does not contain the name {0:?}")]
    Name(String),
    #[error("the article supports only {0} of its content")]
    Content(f32),
    #[error("{0:?} replaces another word of the article")]
    Word(String),
    #[error("it negates what the article affirms, or the reverse")]
    Negation,
    #[error("the article attributes the act or the words to someone else")]
    Role,
    #[error("it contains nothing that can be checked")]
    Empty,
}

/// An article, indexed once for all sentences of its summary. It takes a few times the memory of its text.
pub struct Article {
    grammar: &'static Grammar,
    sentences: Vec<IndexedSentence>,
    /// All words, in the form for comparing names.
    forms: HashSet<String>,
    /// Words that occur without a capital.
    ordinary: HashSet<String>,
    facts: Facts,
}

impl Article {
    /// Indexes the sentences of an article.
    pub fn new<'a>(language: Language, sentences: impl Iterator<Item = &'a str>) -> Self {
        Self::with_numbers(language, (0..).zip(sentences))
    }

    /// Indexes some sentences of an article, each with its number there. A pronoun's antecedent is looked for only in sentences
    /// with consecutive numbers.
    pub fn with_numbers<'a>(language: Language, sentences: impl Iterator<Item = (u64, &'a str)>) -> Self {
        let grammar = Grammar::of(language);
        let read: Vec<(u64, &str, Vec<Word>)> =
            sentences.map(|(number, sentence)| (number, sentence, words(grammar, sentence))).collect();
        let all = || read.iter().flat_map(|(.., words)| words);
        let ordinary: HashSet<String> =
            all().filter(|word| !word.capital).map(|word| word.small.clone()).collect();
        let forms = all().map(|word| word.name.clone()).collect();
        let mut facts = Facts::default();
        let sentences = read.into_iter().map(|(number, sentence, words)| {
            let sentence = ReadSentence::new(grammar, sentence, words, |word| ordinary.contains(&word.small));
            facts.add(&sentence.quantities, &sentence.named);
            IndexedSentence::new(number, sentence)
        });
        let sentences = sentences.collect();
        Self { grammar, sentences, forms, ordinary, facts }
    }

    /// Checks a sentence in the language of the article.
    ///
    /// # Errors
    /// The first reason why the article does not support it.
    pub fn check(&self, sentence: &str) -> Result<Support, Unsupported> {
        let words = words(self.grammar, sentence);
        if words.len() > MOST_WORDS {
            return Err(Unsupported::Content(0.0));
        }
        // The first word of a sentence may be unknown to the article and still be no name, as "Midfielder" before a known name.
        let known = |word: Option<&Word>| {
            word.is_some_and(|word| {
                word.capital && word.before == Before::Blank && self.forms.contains(&word.name)
            })
        };
        let before_name = known(words.get(1)) && known(words.get(2));
        let ordinary = |word: &Word| {
            let begins = word.before == Before::Start && before_name;
            self.ordinary.contains(&word.small)
                || (!self.forms.contains(&word.name)
                    && (begins || self.grammar.may_begin(word) || self.shares_root(&word.small)))
        };
        let sentence = ReadSentence::new(self.grammar, sentence, words, ordinary);
        self.has_facts(&sentence, &[&self.facts])?;
        self.has_names(&sentence.names)?;
        let content = self.content(&sentence.words);
        let total: f32 = content.values().sum();
        if total < MIN_CONTENT {
            let same = self.sentences.iter().position(|source| source.forms == sentence.forms());
            let support = same.map(|source| Support { sentences: vec![source], share: 1.0 });
            return support.ok_or(Unsupported::Empty);
        }
        let mut refused = None;
        for support in self.supports(&content, total) {
            if support.share < MIN_SHARE {
                refused.get_or_insert(Unsupported::Content(support.share));
                break;
            }
            match Evidence::new(self, &support.sentences).check(&sentence) {
                Ok(()) => return Ok(support),
                Err(reason) => drop(refused.get_or_insert(reason)),
            }
        }
        Err(refused.unwrap_or(Unsupported::Content(0.0)))
    }

    /// Checks that one of `facts` has each of its numbers, days and months. A number also passes if the article has it for the
    /// same counted thing.
    fn has_facts(&self, sentence: &ReadSentence, facts: &[&Facts]) -> Result<(), Unsupported> {
        for quantity in &sentence.quantities {
            let counted = || self.facts.has(quantity) && self.facts.counts(quantity);
            if !facts.iter().any(|facts| facts.has(quantity)) && !counted() {
                return Err(unsupported(&quantity.text, quantity.year || quantity.month.is_some()));
            }
        }
        for (at, named) in &sentence.named {
            if !facts.iter().any(|facts| facts.has_named(*named)) {
                return Err(unsupported(&sentence.words[*at].small, named.is_date()));
            }
        }
        Ok(())
    }

    /// Checks that the article contains each name as a whole.
    fn has_names(&self, names: &[Name]) -> Result<(), Unsupported> {
        let language = self.grammar.language;
        for name in names {
            let all = || self.sentences.iter().flat_map(|sentence| &sentence.names);
            let known = |word: &String| {
                self.forms.contains(word) || self.forms.iter().any(|form| same_word(language, word, form))
            };
            let [word] = name.words.as_slice() else {
                if all().any(|other| name.is_in_but(language, other, |word| self.ordinary.contains(word))) {
                    continue;
                }
                return Err(Unsupported::Name(name.words.join(" ")));
            };
            if !known(word) && !all().any(|other| name.is(language, other)) {
                return Err(Unsupported::Name(word.clone()));
            }
        }
        Ok(())
    }

    /// Whether an ordinary word of the article begins like this one, as "meeting" like "meet".
    fn shares_root(&self, small: &str) -> bool {
        let beginning: String = small.chars().take(ROOT_LETTERS).collect();
        small.chars().count() > ROOT_LETTERS && self.ordinary.iter().any(|word| word.starts_with(&beginning))
    }

    /// The stems of the content words, with the weight of each.
    fn content(&self, words: &[Word]) -> HashMap<String, f32> {
        let weight = |word: &Word| match word.weight {
            Weight::None => 0.0,
            Weight::Light => LIGHT_WEIGHT,
            Weight::Full if self.grammar.speech(word) == Some(Speech::Says) => LIGHT_WEIGHT,
            Weight::Full => 1.0,
        };
        let content = words.iter().filter(|word| word.weight != Weight::None);
        content.map(|word| (word.stem.clone(), weight(word))).collect()
    }

    /// Candidates for its support, best first: every sentence with the largest share of its content, then the first of these
    /// together with the sentence that adds most.
    fn supports(&self, content: &HashMap<String, f32>, total: f32) -> Vec<Support> {
        let share = |has: &dyn Fn(&String) -> bool| {
            content.iter().filter(|(stem, _)| has(stem)).map(|(_, weight)| weight).sum::<f32>() / total
        };
        let shares: Vec<f32> =
            self.sentences.iter().map(|sentence| share(&|stem| sentence.content.contains(stem))).collect();
        let best = shares.iter().copied().fold(0.0, f32::max);
        let mut supports: Vec<Support> = (0..shares.len())
            .filter(|sentence| best > 0.0 && shares[*sentence] >= best - f32::EPSILON)
            .map(|sentence| Support { sentences: vec![sentence], share: best })
            .collect();
        if let Some(first) = supports.first().map(|support| support.sentences[0]).filter(|_| best < 1.0) {
            let both = |other: usize| {
                share(&|stem| {
                    [first, other].iter().any(|sentence| self.sentences[*sentence].content.contains(stem))
                })
            };
            let pair = (0..shares.len()).map(|other| (other, both(other)));
            if let Some((other, share)) = pair.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
                && share > best
            {
                supports.push(Support { sentences: vec![first, other], share });
            }
        }
        // A single sentence with too small a share must not stop the search before its pair.
        supports.sort_by_key(|support| support.share < MIN_SHARE);
        supports
    }
}

fn unsupported(text: &str, is_date: bool) -> Unsupported {
    let text = text.to_owned();
    if is_date { Unsupported::Date(text) } else { Unsupported::Number(text) }
}
