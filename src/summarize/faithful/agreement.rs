//! The rules that a summary sentence must pass against the sentences that support it.

use super::{
    Article, Unsupported,
    facts::Facts,
    negation::Polarity,
    role::Source,
    sentence::{IndexedSentence, ReadSentence},
    slot::Slots,
};

/// Sentences before a supporting one in which a pronoun's antecedent may be.
const ANTECEDENT_DISTANCE: usize = 3;
/// Sentences around a supporting one in which its speaker may be named.
const SPEAKER_DISTANCE: usize = 2;

/// The sentences of an article that support a summary sentence, best first. At least one.
pub(super) struct Evidence<'a> {
    article: &'a Article,
    support: &'a [usize],
    sources: Vec<&'a IndexedSentence>,
}

/// The rules. Each gives a reason if the sentence breaks it.
const RULES: [fn(&Evidence<'_>, &ReadSentence) -> Option<Unsupported>; 7] =
    [facts, counts, names, slots, words, negation, roles];

impl<'a> Evidence<'a> {
    /// `support`: indexes of the supporting sentences.
    pub(super) fn new(article: &'a Article, support: &'a [usize]) -> Self {
        let sources = support.iter().map(|sentence| &article.sentences[*sentence]).collect();
        Self { article, support, sources }
    }

    /// Checks a sentence by all rules.
    pub(super) fn check(&self, sentence: &ReadSentence) -> Result<(), Unsupported> {
        RULES.iter().find_map(|rule| rule(self, sentence)).map_or(Ok(()), Err)
    }

    /// A sentence and its context for pronouns and tenses: the sentences before it, back to one that names somebody.
    fn with_context(&self, sentence: usize) -> impl Iterator<Item = &'a IndexedSentence> + use<'a> {
        let sentences = &self.article.sentences;
        let number = sentences[sentence].number;
        let before = (1..=number).zip(sentences[..sentence].iter().rev()).take(ANTECEDENT_DISTANCE);
        let before = before.take_while(move |(distance, before)| before.number + distance == number);
        let mut found = false;
        let before = before
            .map(|(_, before)| before)
            .take_while(move |before| !std::mem::replace(&mut found, before.names_somebody()));
        std::iter::once(&sentences[sentence]).chain(before)
    }

    /// Indexes of the article's sentences at most `distance` from a supporting one.
    fn around(&self, distance: usize) -> Vec<usize> {
        let sentences = &self.article.sentences;
        let near = |at: usize| {
            let around = at.saturating_sub(distance)..(at + distance + 1).min(sentences.len());
            let number = sentences[at].number;
            around.filter(move |other| sentences[*other].number.abs_diff(number) <= distance as u64)
        };
        let mut indexes: Vec<usize> = self.support.iter().flat_map(|at| near(*at)).collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes
    }

    fn role_sources(&self, sentences: &[usize]) -> Vec<Source<'a>> {
        let source = |sentence: &usize| Source {
            roles: &self.article.sentences[*sentence].roles,
            names: self.with_context(*sentence).flat_map(|sentence| &sentence.names).collect(),
            contents: self.with_context(*sentence).map(|sentence| &sentence.content).collect(),
        };
        sentences.iter().map(source).collect()
    }
}

/// The sources and their context have its numbers and dates.
fn facts(evidence: &Evidence<'_>, sentence: &ReadSentence) -> Option<Unsupported> {
    let near = evidence.support.iter().flat_map(|source| evidence.with_context(*source));
    let facts: Vec<&Facts> = near.map(|sentence| &sentence.facts).collect();
    evidence.article.has_facts(sentence, &facts).err()
}

/// The sources count the same things by the same numbers.
fn counts(Evidence { sources, .. }: &Evidence<'_>, sentence: &ReadSentence) -> Option<Unsupported> {
    let mut wrong = sentence.quantities.iter().filter(|quantity| {
        sources.iter().any(|source| source.facts.counts_otherwise(quantity))
            && !sources.iter().any(|source| source.facts.counts(quantity))
    });
    wrong.next().map(|quantity| Unsupported::Number(quantity.text.clone()))
}

/// The sources have its names, or pronouns that may stand for them.
fn names(evidence: &Evidence<'_>, sentence: &ReadSentence) -> Option<Unsupported> {
    let language = evidence.article.grammar.language;
    let known = sentence.names.iter().all(|name| {
        evidence.sources.iter().any(|source| source.has_name(language, name))
            || evidence.support.iter().any(|source| {
                let mut context = evidence.with_context(*source);
                sentence.slots.stands_for_pronoun(name, &evidence.article.sentences[*source].slots)
                    && context.any(|before| before.has_name(language, name))
            })
    });
    (!known).then_some(Unsupported::Role)
}

/// Its names stand in the slots that they have in the best source; another source may only add names.
fn slots(Evidence { article, sources, .. }: &Evidence<'_>, sentence: &ReadSentence) -> Option<Unsupported> {
    let language = article.grammar.language;
    let slots: Vec<&Slots> = sources.iter().map(|source| &source.slots).collect();
    let contradicts = |slots: &[&Slots]| sentence.slots.contradict(language, slots);
    (contradicts(&slots[..1]) || contradicts(&slots)).then_some(Unsupported::Role)
}

/// It replaces no word of the sources by one that they do not have.
fn words(Evidence { sources, .. }: &Evidence<'_>, sentence: &ReadSentence) -> Option<Unsupported> {
    let slots: Vec<&Slots> = sources.iter().map(|source| &source.slots).collect();
    let is_known = |stem: &String| sources.iter().any(|source| source.content.contains(stem));
    sentence.slots.other_word(&slots, is_known).map(|word| Unsupported::Word(word.clone()))
}

/// It negates and affirms the same words as the sources.
fn negation(Evidence { sources, .. }: &Evidence<'_>, sentence: &ReadSentence) -> Option<Unsupported> {
    let polarities: Vec<&Polarity> = sources.iter().map(|source| &source.polarity).collect();
    sentence.polarity.contradicts(&polarities).then_some(Unsupported::Negation)
}

/// The same actors do the same things, and the same speakers say them. If no source names its speaker, a sentence nearby may.
fn roles(evidence: &Evidence<'_>, sentence: &ReadSentence) -> Option<Unsupported> {
    let Evidence { article, support, sources } = evidence;
    let named = sources.iter().any(|source| source.roles.name_speaker());
    let spoken = if named { support.to_vec() } else { evidence.around(SPEAKER_DISTANCE) };
    let (sources, spoken) = (evidence.role_sources(support), evidence.role_sources(&spoken));
    sentence.roles.contradict(article.grammar.language, &sources, &spoken).then_some(Unsupported::Role)
}
