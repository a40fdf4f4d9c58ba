//! Decides which names of a translation are wrong, and what should stand in their place.
//!
//! A wrong name is replaced only if two things hold: the source has a name that no word of the translation sounds like, and the
//! translation has a name that comes from no word of the source. What else speaks for the pair differs from rule to rule.

use unicode_normalization::UnicodeNormalization;

use super::{
    Known, Names,
    inflect::inflected,
    sides::{FAMILIAR, Part, Sides},
    sound::Sound,
    spell::{is_adjective, is_slavic, nominative, spelled},
};
use crate::lang::{Language, Pair, same_word, small};

/// Least likeness of a wrong word after the right given name.
const BESIDE: f32 = 0.3;
/// Least likeness of another spelling of a known name, and of a Slavic name.
const BENT: f32 = 0.45;
/// A Slavic name whose spelling sounds less like the usual one than this is misspelled.
const USUAL: f32 = 0.9;
/// A word that sounds as alike as this may stand anywhere.
const FAR: f32 = 0.6;
/// Least likeness of the only word that may be wrong.
const ALONE: f32 = 0.2;
/// How far a wrong word may stand from the place of its name, as a share of the sentence.
const SHIFT: f32 = 0.3;

/// A word of the translation that is wrong.
#[derive(Debug)]
pub struct Wrong<'a> {
    /// The name that should stand there.
    pub part: &'a Part,
    /// The index of the wrong word.
    pub at: usize,
    /// The name in the nominative; `None` if no rule knows its spelling.
    pub name: Option<String>,
    pub rule: &'static str,
}

impl Wrong<'_> {
    /// What should stand in place of the wrong word; `None` if no rule knows.
    pub fn with(&self, sides: &Sides<'_>) -> Option<String> {
        let name = self.name.as_ref()?;
        if sides.pair.target.is_latin() {
            return Some(name.clone());
        }
        let word = |at: usize| sides.target.get(at).map_or("", |word| word.small.as_str());
        let before = self.at.checked_sub(1).map_or("", word);
        inflected(name, before, word(self.at), sides.is_joined(self.at))
    }

    /// Whether the word may be an adjective of the name, which is right: Ивановская область.
    pub fn may_be_adjective(&self, sides: &Sides<'_>) -> bool {
        let word = &sides.target[self.at].small;
        !sides.pair.target.is_latin() && is_adjective(word) && (word.contains("ск") || word.contains("цк"))
    }
}

/// Finds the wrong names.
pub fn wrong<'a>(names: &Names, sides: &'a Sides<'_>) -> Vec<Wrong<'a>> {
    let mut all: Vec<Wrong<'a>> = sides.parts.iter().filter_map(|part| misspelled(names, sides, part)).collect();
    let rules: [(&'static str, Rule); 5] =
        [("beside", beside), ("bent", bent), ("slavic", slavic), ("alone", alone), ("doubtful", doubtful)];
    for (rule, find) in rules {
        for part in sides.parts.iter().filter(|part| part.is_spelled && part.same.is_none()) {
            if all.iter().any(|wrong| wrong.part.at == part.at) {
                continue;
            }
            let free = sides.orphans.iter().copied().filter(|orphan| all.iter().all(|wrong| wrong.at != *orphan)).collect();
            let known = names.get(sides.pair.source, sides.word(part));
            // The translation may have it elsewhere.
            if known.is_some_and(|known| sides.target.iter().any(|word| is_form(sides, known, &word.small))) {
                continue;
            }
            let lost = all.iter().filter(|wrong| wrong.part.same.is_none()).count();
            let left = sides.parts.iter().filter(|part| part.is_spelled && part.same.is_none()).count() - lost;
            if let Some(at) = find(&Place { sides, part, known, free, left }) {
                let name = known.map(|known| known.target.clone());
                let name = name.or_else(|| spelled(sides.pair, sides.word(part), &sides.target[at].small));
                all.push(Wrong { part, at, name: name.filter(|_| rule != "doubtful"), rule });
            }
        }
    }
    all
}

/// A name that is lost, and the words that may stand in its place.
struct Place<'a> {
    sides: &'a Sides<'a>,
    part: &'a Part,
    known: Option<&'a Known>,
    /// Orphans that no other name has.
    free: Vec<usize>,
    /// How many names are lost.
    left: usize,
}

/// The wrong word in the place of a name.
type Rule = fn(&Place<'_>) -> Option<usize>;

impl Place<'_> {
    fn likeness(&self, at: usize) -> f32 {
        self.sides.likeness(self.part.at, at)
    }

    /// The orphan that sounds most like the name, not far from its place. A word that begins the sentence counts only if the name
    /// does, too.
    fn best(&self) -> Option<usize> {
        let starts = |at: usize| !self.sides.target[at].initial || self.sides.source[self.part.at].initial;
        let near = self.free.iter().copied().filter(|at| starts(*at) && (self.sides.shift(self.part.at, *at) <= SHIFT || self.likeness(*at) >= FAR));
        near.max_by(|one, other| self.likeness(*one).total_cmp(&self.likeness(*other)))
    }
}

/// The word beside another word of the name: "Gennady Shevkov" for Геннадий Щербаков.
fn beside(place: &Place<'_>) -> Option<usize> {
    let same = |at: usize| {
        let is = |other: &&Part| other.name == place.part.name && other.at == at;
        place.sides.parts.iter().find(is)?.same
    };
    let after = place.part.at.checked_sub(1).and_then(same).map(|given| given + 1);
    // The word before a surname may be a title or an adjective, which is translated between languages with one alphabet.
    let is_told = place.sides.pair.source.is_latin() != place.sides.pair.target.is_latin();
    let before = || same(place.part.at + 1).filter(|_| is_told)?.checked_sub(1);
    let at = after.or_else(before)?;
    (place.free.contains(&at) && (BESIDE..FAMILIAR).contains(&place.likeness(at))).then_some(at)
}

/// Another spelling of a name that is known.
fn bent(place: &Place<'_>) -> Option<usize> {
    place.known.filter(|known| known.is_sure)?;
    place.best().filter(|at| place.likeness(*at) >= BENT)
}

/// A bent Slavic name, whose spelling follows from its letters.
fn slavic(place: &Place<'_>) -> Option<usize> {
    let is_given = place.part.name.len() > 1 && place.part.at == place.part.name.start;
    (is_slavic(place.sides.pair, place.sides.word(place.part)) && !is_given).then_some(())?;
    place.best().filter(|at| place.likeness(*at) >= BENT)
}

/// The only orphan, in place of the only name that is lost.
fn alone(place: &Place<'_>) -> Option<usize> {
    place.known.filter(|known| known.is_sure && place.free.len() == 1 && place.left == 1)?;
    place.best().filter(|at| place.likeness(*at) >= ALONE)
}

/// A name that no rule can spell, and a word that sounds like half of it.
fn doubtful(place: &Place<'_>) -> Option<usize> {
    let Pair { source, target } = place.sides.pair;
    // Between languages with one alphabet, half of a sound is a word of the same origin.
    let is_told = source.is_latin() != target.is_latin() && !is_adjective(place.sides.word(place.part));
    let at = place.best().filter(|_| is_told)?;
    (BENT..FAMILIAR).contains(&place.likeness(at)).then_some(at)
}

/// A word that is the name, in another spelling than the first mention or the usual one.
fn misspelled<'a>(names: &Names, sides: &'a Sides<'_>, part: &'a Part) -> Option<Wrong<'a>> {
    let at = part.same.filter(|_| part.is_spelled)?;
    let (from, to) = (sides.word(part), sides.target[at].small.as_str());
    if from == to {
        return None;
    }
    let Pair { source, target } = sides.pair;
    let is_told = source.is_latin() != target.is_latin();
    if let Some(known) = names.get(source, from) {
        // In one alphabet, a name is copied; what differs in an accent or a last vowel is a word of both languages.
        let is_copied = known.source == from && small(&known.target) == from && !is_related(from, to);
        let differs = known.is_sure && (is_told || is_copied) && !is_form(sides, known, to);
        return differs.then(|| Wrong { part, at, name: Some(known.target.clone()), rule: "differs" });
    }
    let is_given = part.name.len() > 1 && part.at == part.name.start;
    (is_told && !is_given && (sides.is_person(part) || is_slavic(sides.pair, from))).then_some(())?;
    let usual = spelled(sides.pair, from, to)?;
    let likeness = Sound::of(&small(&usual)).likeness(&Sound::of(to));
    (likeness < USUAL && sides.likeness(part.at, at) < USUAL).then_some(Wrong { part, at, name: Some(usual), rule: "usual" })
}

/// Whether two words differ only in accents and in the last letter.
fn is_related(one: &str, other: &str) -> bool {
    let plain = |word: &str| -> Vec<char> { word.nfd().filter(|letter| letter.is_alphabetic()).collect() };
    let (one, other) = (plain(one), plain(other));
    one == other || (one.len() == other.len() && one[..one.len() - 1] == other[..other.len() - 1])
}

/// Whether a word of the target is a form of a known name.
fn is_form(sides: &Sides<'_>, known: &Known, word: &str) -> bool {
    let name = small(&known.target);
    let language = sides.pair.target;
    // A woman's surname has another ending than that of her husband.
    same_word(language, &name, word)
        || (language == Language::Russian && nominative(&name) == nominative(word))
        || [(name.as_str(), word), (word, name.as_str())].iter().any(|(one, other)| one.strip_suffix('a') == Some(other))
}
