//! Whether a sentence that a model wrote about an article is supported by it.
//!
//! Small models make up numbers and names, drop a "not", and put one man's words into another's mouth. A sentence with any
//! of this is refused, and so is one that says too much that no sentence of the article says. Nothing is understood here:
//! words, their forms and their order are compared, and in doubt the sentence is refused, since an extracted one can take
//! its place. Both texts are in one language; a summary is checked before it is translated.

mod facts;
mod negation;
mod role;
mod sentence;
mod slot;

use std::collections::{HashMap, HashSet};

use self::{
    facts::Facts,
    negation::Polarity,
    role::Source,
    sentence::{Indexed, Written},
    slot::Slots,
};
use crate::lang::{
    Before, Grammar, Language, MOST_WORDS, Name, Named, Quantity, Speech, Weight, Word, same_word, words,
};

/// The share of a sentence's content that the supporting sentences must have. On 600 articles of OrangeSum's training part,
/// 263 of 866 summary sentences pass at 0.5 and 195 at 0.6; of 2,598 that are about another article, 4 and 1.
const SUPPORT: f32 = 0.5;
/// What a word counts there that is among the stop words, or only reports speech.
const LIGHT: f32 = 0.5;
/// What a sentence must say to be supported by one that says the same in other words.
const LEAST: f32 = 2.0;
/// Letters that words of one root share.
const ALIKE: usize = 4;
/// Sentences back to which a pronoun may lean.
const LEANING: usize = 3;
/// Sentences around a supporting one in which its speaker may be named.
const SPOKEN: usize = 2;

/// What supports a summary sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Support {
    /// The sentences of the article that say most of it, best first; one or two, by their numbers from 0.
    pub sentences: Vec<usize>,
    /// The share of its content that they have, from 0 to 1.
    pub share: f32,
}

/// Why a summary sentence is not supported by the article.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unsupported {
    #[error("the number {0:?} is not in the article, or not there")]
    Number(String),
    #[error("the date {0:?} is not in the article, or not there")]
    Date(String),
    #[error("the name {0:?} is not in the article")]
    Name(String),
    #[error("only {0} of its content is in any two sentences of the article")]
    Content(f32),
    #[error("{0:?} stands where the article has another word")]
    Word(String),
    #[error("it says no where the article says yes, or the other way round")]
    Negation,
    #[error("another one does or says so in the article")]
    Role,
    #[error("there is nothing in it that could be checked")]
    Empty,
}

/// An article, indexed once for all sentences of its summary. It takes a few times the memory of its text.
pub struct Article {
    grammar: &'static Grammar,
    sentences: Vec<Indexed>,
    /// All its words, as in names.
    forms: HashSet<String>,
    /// Words that it has without a capital.
    ordinary: HashSet<String>,
    facts: Facts,
}

impl Article {
    /// Indexes the sentences of an article.
    pub fn new<'a>(language: Language, sentences: impl Iterator<Item = &'a str>) -> Self {
        Self::of_some(language, (0..).zip(sentences))
    }

    /// Indexes some of an article's sentences, each with its number there: what one leans on is looked for only where the
    /// sentence before it is there too.
    pub fn of_some<'a>(language: Language, sentences: impl Iterator<Item = (u64, &'a str)>) -> Self {
        let grammar = Grammar::of(language);
        let read: Vec<(u64, &str, Vec<Word>)> =
            sentences.map(|(number, sentence)| (number, sentence, words(grammar, sentence))).collect();
        let all = || read.iter().flat_map(|(.., words)| words);
        let ordinary: HashSet<String> =
            all().filter(|word| !word.capital).map(|word| word.small.clone()).collect();
        let forms = all().map(|word| word.name.clone()).collect();
        let mut facts = Facts::default();
        let sentences = read.into_iter().map(|(number, sentence, words)| {
            let written = Written::of(grammar, sentence, words, |word| ordinary.contains(&word.small));
            facts.add(&written.quantities, &written.named);
            Indexed::new(number, written)
        });
        let sentences = sentences.collect();
        Self { grammar, sentences, forms, ordinary, facts }
    }

    /// Checks a sentence in the language of the article.
    ///
    /// # Errors
    /// Says what first was found that the article does not support.
    pub fn check(&self, sentence: &str) -> Result<Support, Unsupported> {
        let words = words(self.grammar, sentence);
        if words.len() > MOST_WORDS {
            return Err(Unsupported::Content(0.0));
        }
        // What begins a sentence and is in none of the article may still be no name, as "Midfielder" before a known one.
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
                    && (begins || self.grammar.may_begin(word) || self.has_alike(&word.small)))
        };
        let written = Written::of(self.grammar, sentence, words, ordinary);
        self.has_facts(&written.quantities, &written.named, &written.words, &[&self.facts])?;
        self.has_names(&written.names)?;
        let content = self.content(&written.words);
        let total: f32 = content.values().sum();
        if total < LEAST {
            let itself = self.sentences.iter().position(|source| source.forms == written.forms());
            let support = itself.map(|sentence| Support { sentences: vec![sentence], share: 1.0 });
            return support.ok_or(Unsupported::Empty);
        }
        let mut refused = None;
        for support in self.supports(&content, total) {
            if support.share < SUPPORT {
                refused.get_or_insert(Unsupported::Content(support.share));
                break;
            }
            match self.agrees(&written, &support.sentences) {
                Ok(()) => return Ok(support),
                Err(reason) => drop(refused.get_or_insert(reason)),
            }
        }
        Err(refused.unwrap_or(Unsupported::Content(0.0)))
    }

    /// Whether its numbers, days and the like are all in one of these.
    fn has_facts(
        &self,
        quantities: &[Quantity],
        named: &[(usize, Named)],
        words: &[Word],
        facts: &[&Facts],
    ) -> Result<(), Unsupported> {
        for quantity in quantities {
            let counted = || self.facts.has(quantity) && self.facts.counts(quantity);
            if !facts.iter().any(|facts| facts.has(quantity)) && !counted() {
                let text = quantity.text.clone();
                let date = quantity.year || quantity.month.is_some();
                return Err(if date { Unsupported::Date(text) } else { Unsupported::Number(text) });
            }
        }
        for (at, named) in named {
            if !facts.iter().any(|facts| facts.has_named(*named)) {
                let text = words[*at].small.clone();
                return Err(if named.is_date() {
                    Unsupported::Date(text)
                } else {
                    Unsupported::Number(text)
                });
            }
        }
        Ok(())
    }

    /// Whether its names are anywhere in the article, each as a whole.
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

    /// Whether an ordinary word of the article begins like this one, as "meeting" and "meet".
    fn has_alike(&self, small: &str) -> bool {
        let beginning: String = small.chars().take(ALIKE).collect();
        small.chars().count() > ALIKE && self.ordinary.iter().any(|word| word.starts_with(&beginning))
    }

    /// The stems of its words that say something, with what each counts.
    fn content(&self, words: &[Word]) -> HashMap<String, f32> {
        let worth = |word: &Word| match word.weight {
            Weight::None => 0.0,
            Weight::Light => LIGHT,
            Weight::Full if self.grammar.speech(word) == Some(Speech::Says) => LIGHT,
            Weight::Full => 1.0,
        };
        let said = words.iter().filter(|word| word.weight != Weight::None);
        said.map(|word| (word.stem.clone(), worth(word))).collect()
    }

    /// What may support it, the best first: all sentences that have as much of its content as any has, then the best of them
    /// with one that adds to it.
    fn supports(&self, content: &HashMap<String, f32>, total: f32) -> Vec<Support> {
        let share = |has: &dyn Fn(&String) -> bool| {
            content.iter().filter(|(stem, _)| has(stem)).map(|(_, worth)| worth).sum::<f32>() / total
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
        // A single sentence that has too little must not keep its pair from being looked at.
        supports.sort_by_key(|support| support.share < SUPPORT);
        supports
    }

    /// Whether it says the same of the same as the sentences that support it.
    fn agrees(&self, written: &Written, support: &[usize]) -> Result<(), Unsupported> {
        let language = self.grammar.language;
        let sources: Vec<&Indexed> = support.iter().map(|sentence| &self.sentences[*sentence]).collect();
        let near: Vec<&Indexed> = support.iter().flat_map(|sentence| self.with_before(*sentence)).collect();
        let facts: Vec<&Facts> = near.iter().map(|sentence| &sentence.facts).collect();
        self.has_facts(&written.quantities, &written.named, &written.words, &facts)?;
        for quantity in &written.quantities {
            if sources.iter().any(|source| source.facts.counts_otherwise(quantity))
                && !sources.iter().any(|source| source.facts.counts(quantity))
            {
                return Err(Unsupported::Number(quantity.text.clone()));
            }
        }
        for name in &written.names {
            let here = sources.iter().any(|source| source.has_name(language, name));
            // Or before, where a pronoun stands for it here.
            let leans = || {
                support.iter().any(|sentence| {
                    written.slots.stands_for_pronoun(name, &self.sentences[*sentence].slots)
                        && self.with_before(*sentence).any(|before| before.has_name(language, name))
                })
            };
            if !here && !leans() {
                return Err(Unsupported::Role);
            }
        }
        // The sentence that supports it most has its names in their places; the other may only add to them.
        let slots: Vec<&Slots> = sources.iter().map(|source| &source.slots).collect();
        if written.slots.contradict(language, &slots[..1]) || written.slots.contradict(language, &slots) {
            return Err(Unsupported::Role);
        }
        let said = |stem: &String| sources.iter().any(|source| source.content.contains(stem));
        if let Some(other) = written.slots.other_word(&slots, said) {
            return Err(Unsupported::Word(other.clone()));
        }
        let polarities: Vec<&Polarity> = sources.iter().map(|source| &source.polarity).collect();
        if written.polarity.contradicts(&polarities) {
            return Err(Unsupported::Negation);
        }
        let source = |sentence: &usize| self.source(*sentence);
        // Who said it may be told nearby, unless it is told here.
        let told = sources.iter().any(|source| source.roles.tell_speaker());
        let spoken = if told { support.to_vec() } else { self.around(support, SPOKEN) };
        let sources: Vec<Source<'_>> = support.iter().map(source).collect();
        let spoken: Vec<Source<'_>> = spoken.iter().map(source).collect();
        if written.roles.contradict(language, &sources, &spoken) {
            return Err(Unsupported::Role);
        }
        Ok(())
    }

    /// The sentences up to so far from the given ones, in the article.
    fn around(&self, sentences: &[usize], far: usize) -> Vec<usize> {
        let near = |at: usize| {
            let number = self.sentences[at].number;
            let around = at.saturating_sub(far)..(at + far + 1).min(self.sentences.len());
            around.filter(move |other| self.sentences[*other].number.abs_diff(number) <= far as u64)
        };
        let mut numbers: Vec<usize> = sentences.iter().flat_map(|at| near(*at)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// A sentence with what its pronouns and tenses lean on: the one before, and those before it back to one that names
    /// somebody.
    fn with_before(&self, sentence: usize) -> impl Iterator<Item = &Indexed> {
        let number = self.sentences[sentence].number;
        let before = (1..=number).zip(self.sentences[..sentence].iter().rev()).take(LEANING);
        let before = before.take_while(move |(far, before)| before.number + far == number);
        let before = before.map(|(_, before)| before);
        let mut found = false;
        let before =
            before.take_while(move |sentence| !std::mem::replace(&mut found, sentence.names_somebody()));
        std::iter::once(&self.sentences[sentence]).chain(before)
    }

    /// A sentence as roles are looked for in it.
    fn source(&self, sentence: usize) -> Source<'_> {
        Source {
            roles: &self.sentences[sentence].roles,
            names: self.with_before(sentence).flat_map(|sentence| &sentence.names).collect(),
            contents: self.with_before(sentence).map(|sentence| &sentence.content).collect(),
        }
    }
}
