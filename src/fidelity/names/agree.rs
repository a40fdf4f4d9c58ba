//! Decides which names of a translation are wrong, and what should stand in their place.
//!
//! A wrong name is replaced only if two things hold: the source has a name that no word of the translation sounds like, and the
//! translation has a name that comes from no word of the source. What else speaks for the pair differs from rule to rule.

use unicode_normalization::UnicodeNormalization;

use super::{
    Known, Names,
    form::{is_adjective, is_slavic, nominative, spelled},
    inflect::{self, inflected},
    is_pair,
    sides::{FAMILIAR, Part, Sides},
    sound::Sound,
};
use crate::lang::{Language, same_word, small};

/// Least likeness of a wrong word after the right given name.
const BESIDE: f32 = 0.3;
/// Least likeness of another spelling of a known name, and of a Slavic name.
const BENT: f32 = 0.45;
/// A Slavic name whose spelling sounds less like the usual one than this is misspelled.
const USUAL: f32 = 0.9;
/// Least likeness of the only word that may be wrong.
const ALONE: f32 = 0.2;
/// How far a wrong word may stand from the place of its name, as a share of the sentence, unless it sounds as alike as `FAR`.
const SHIFT: f32 = 0.3;
const FAR: f32 = 0.6;

/// A word of the translation that is wrong.
#[derive(Debug)]
pub struct Wrong<'a> {
    /// The name that should stand there.
    pub part: &'a Part,
    /// The index of the wrong word.
    pub at: usize,
    /// The name in the nominative; `None` if no rule knows its spelling.
    pub name: Option<String>,
    /// Whether it is surely wrong, also if no rule can mend it.
    pub is_sure: bool,
}

impl Wrong<'_> {
    /// What should stand in place of the wrong word; `None` if no rule knows.
    pub fn with(&self, sides: &Sides<'_>) -> Option<String> {
        let name = self.name.as_ref()?;
        if sides.pair.target.is_latin() {
            return Some(name.clone());
        }
        let word = |at: Option<usize>| at.map_or("", |at| sides.target[at].small.as_str());
        let before = self.at.checked_sub(1);
        let given = |other: &&Part| {
            let small = sides.word(other);
            let is_mans = !small.ends_with(['a', 'o', 'i', 'y', 'é']);
            other.at + 1 == self.part.at && before.is_some() && other.same == before && is_mans
        };
        let place = inflect::Place {
            wrong: word(Some(self.at)),
            before: word(before),
            given: sides.parts.iter().find(given).map(|_| word(before)),
            is_joined: sides.is_joined(self.at),
            is_fixed: ends_with_vowel(sides.word(self.part)),
        };
        inflected(name, place)
    }
}

/// Finds the wrong names.
pub fn wrong<'a>(names: &Names, sides: &'a Sides<'_>) -> Vec<Wrong<'a>> {
    let mut all: Vec<Wrong<'a>> =
        sides.parts.iter().filter_map(|part| misspelled(names, sides, part)).collect();
    let lost = || sides.parts.iter().filter(|part| part.is_spelled && part.same.is_none());
    for rule in [beside, bent, slavic, alone, doubtful] as [Rule; 5] {
        for part in lost() {
            let known = names.get(sides.pair.source, sides.word(part));
            // The translation may have the name elsewhere, once for both mentions.
            let is_there = known.is_some_and(|known| {
                sides.target.iter().any(|word| is_form(sides, part, known, &word.small))
            });
            if is_there || all.iter().any(|wrong| wrong.part.at == part.at) {
                continue;
            }
            let free = |orphan: &usize| all.iter().all(|wrong| wrong.at != *orphan);
            let free = sides.orphans.iter().copied().filter(free).collect();
            let left = lost().filter(|lost| all.iter().all(|wrong| wrong.part.at != lost.at)).count();
            let Some(at) = rule(&Place { sides, part, known, free, left }) else { continue };
            let usual = || spelled(sides.pair, sides.word(part), &sides.target[at].small);
            let name = known.map(|known| known.target.clone()).or_else(usual);
            let name = name.filter(|_| !std::ptr::fn_addr_eq(rule, doubtful as Rule));
            all.push(Wrong { part, at, is_sure: !is_adjective_of_place(sides, at), name });
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

/// Finds the wrong word in the place of a name.
type Rule = fn(&Place<'_>) -> Option<usize>;

impl Place<'_> {
    fn likeness(&self, at: usize) -> f32 {
        self.sides.likeness(self.part.at, at)
    }

    /// The orphan that sounds most like the name, not far from its place. A word that begins the sentence counts only if the name
    /// does, too.
    fn best(&self) -> Option<usize> {
        let starts = |at: usize| !self.sides.target[at].initial || self.sides.source[self.part.at].initial;
        let near = |at: usize| self.sides.shift(self.part.at, at) <= SHIFT || self.likeness(at) >= FAR;
        let all = self.free.iter().copied().filter(|at| starts(*at) && near(*at));
        all.max_by(|one, other| self.likeness(*one).total_cmp(&self.likeness(*other)))
    }

    fn is_slavic(&self) -> bool {
        is_slavic(self.sides.pair, self.sides.word(self.part))
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
    let before = || same(place.part.at + 1).filter(|_| place.sides.is_respelled())?.checked_sub(1);
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
    if !place.is_slavic() || place.part.is_given() {
        return None;
    }
    place.best().filter(|at| place.likeness(*at) >= BENT)
}

/// The only orphan, in place of the only name that is lost.
fn alone(place: &Place<'_>) -> Option<usize> {
    place.known.filter(|known| known.is_sure && place.free.len() == 1 && place.left == 1)?;
    place.best().filter(|at| place.likeness(*at) >= ALONE)
}

/// A name that no rule can spell, and a word that sounds like half of it. Between languages with one alphabet, such a word is only
/// of the same origin.
fn doubtful(place: &Place<'_>) -> Option<usize> {
    if !place.sides.is_respelled() || is_adjective(place.sides.word(place.part)) {
        return None;
    }
    place.best().filter(|at| (BENT..FAMILIAR).contains(&place.likeness(*at)))
}

/// A word that is the name, in another spelling than the first mention or the usual one.
fn misspelled<'a>(names: &Names, sides: &Sides<'_>, part: &'a Part) -> Option<Wrong<'a>> {
    let at = part.same.filter(|_| part.is_spelled)?;
    let (from, to) = (sides.word(part), sides.target[at].small.as_str());
    if from == to {
        return None;
    }
    if let Some(known) = names.get(sides.pair.source, from) {
        // In one alphabet, a name is copied; what differs in an accent or a last vowel is a word of both languages.
        let is_copied = || known.source == from && small(&known.target) == from && !is_related(from, to);
        let differs =
            known.is_sure && !is_form(sides, part, known, to) && (sides.is_respelled() || is_copied());
        // The first mention may be the one that is bent: a better one later is only reported.
        let first = Sound::of(from).likeness(&Sound::of(&small(&known.target)));
        let name = (sides.likeness(part.at, at) <= first).then(|| known.target.clone());
        return differs.then_some(Wrong { part, at, name, is_sure: true });
    }
    let is_surname = (sides.is_person(part) && !sides.pair.source.is_latin()) || is_slavic(sides.pair, from);
    if !sides.is_respelled() || part.is_given() || !is_surname {
        return None;
    }
    let usual = spelled(sides.pair, from, to)?;
    let is_unusual = Sound::of(&small(&usual)).likeness(&Sound::of(to)) < USUAL;
    let is_wrong = is_unusual && sides.likeness(part.at, at) < USUAL;
    is_wrong.then_some(Wrong { part, at, name: Some(usual), is_sure: false })
}

/// Whether a word of the target is a form of a known name. Without a given name, a surname is that of the person who was mentioned,
/// unless both a man and a woman were.
fn is_form(sides: &Sides<'_>, part: &Part, known: &Known, word: &str) -> bool {
    let name = small(&known.target);
    let language = sides.pair.target;
    if sides.pair.target.is_latin() && is_pair(&name, word) {
        return known.is_shared || part.name.len() > 1;
    }
    same_word(language, &name, word)
        || (language == Language::Russian && nominative(&name) == nominative(word))
}

/// Whether a word may be the adjective of a place, which is right: Ивановская область.
fn is_adjective_of_place(sides: &Sides<'_>, at: usize) -> bool {
    let word = &sides.target[at].small;
    !sides.pair.target.is_latin() && is_adjective(word) && (word.contains("ск") || word.contains("цк"))
}

/// Whether an English or French name ends with a vowel that is heard.
fn ends_with_vowel(small: &str) -> bool {
    const FRENCH: [&str; 12] =
        ["eux", "oux", "aux", "et", "ier", "ez", "ault", "aud", "aut", "ot", "oin", "er"];
    small.ends_with(['a', 'o', 'i', 'u', 'y', 'é']) || FRENCH.iter().any(|ending| small.ends_with(ending))
}

/// Whether two words differ only in accents and in the last letter.
fn is_related(one: &str, other: &str) -> bool {
    let plain = |word: &str| -> Vec<char> { word.nfd().filter(|letter| letter.is_alphabetic()).collect() };
    let (one, other) = (plain(one), plain(other));
    one == other || (one.len() == other.len() && one[..one.len() - 1] == other[..other.len() - 1])
}
