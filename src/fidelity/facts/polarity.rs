//! Whether a sentence negates anything.
//!
//! Languages negate in different places ("I don't think he knows", "un homme sans argent" and "a penniless man"), so only a
//! sentence without any trace of a negation contradicts one that surely has one.

use super::{Facts, Fault};
use crate::{
    fidelity::Warning,
    lang::{Before, Language, Word},
};

/// How surely a sentence negates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Polarity {
    Affirms,
    /// A word may hide a negation: "impossible", "only", "refuse".
    Doubtful,
    Negates,
}

/// Words that negate a clause and nothing else.
const ENGLISH: &[&str] = &["not", "cannot", "never", "nobody"];
const FRENCH: &[&str] = &["pas", "jamais", "aucun", "aucune", "personne", "rien"];
const RUSSIAN: &[&str] = &["не", "нет", "никогда", "никто", "нельзя"];
/// Words that may hide a negation.
#[rustfmt::skip]
const WORDS: [&[&str]; 3] = [
    &[
        "no", "nor", "none", "neither", "nothing", "nowhere", "without", "only", "few", "little", "hardly",
        "barely", "rarely", "seldom", "rather", "instead", "except", "unless", "until", "but", "too", "than", "far",
        "free", "off", "t", "any", "yet", "anything", "anyone", "either", "less", "last", "hard", "hardest",
        "still", "bad", "dead", "false", "same",
    ],
    &[
        "sans", "ni", "non", "aucun", "aucune", "peu", "guère", "nul", "nulle", "seul", "seule", "seulement",
        "sauf", "plutôt", "plus", "trop", "loin", "ne", "n", "point", "moins", "hors", "faute", "avant", "même",
        "mêmes", "toujours", "encore", "difficulté", "difficile",
    ],
    &[
        "ни", "без", "мало", "едва", "лишь", "только", "кроме", "вместо", "вряд", "пока", "чем", "вне", "против",
        "отнюдь", "слишком", "трудно", "сложно", "редко", "никак", "ничего", "никакой", "никаких", "никого",
        "ничто", "иначе", "иное", "иной", "другой", "другие", "прежнему", "маловато", "мимо",
    ],
];
/// Beginnings of words that may hide a negation.
#[rustfmt::skip]
const BEGINNINGS: [&[&str]; 3] = [
    &[
        "unab", "unlik", "unc", "unf", "unp", "unw", "uns", "unk", "unr", "una", "unex", "uno", "unt", "unn",
        "imposs", "inab", "incap", "insuf", "ineff", "invis", "inexp", "irre", "illeg", "disa", "disre", "fail",
        "refus", "reject", "deni", "deny", "lack", "miss", "prevent", "avoid", "stop", "ban", "forb", "absen",
        "doubt", "neglect", "ignor", "declin", "ceas", "reluct", "difficult", "object", "exempt", "complain",
        "indep", "resist", "unl", "incon", "incre", "renounc", "break", "broke", "succumb", "surren", "gave",
        "block", "imma", "defian", "quit", "abandon", "exclu", "oppos", "prohib", "lose", "losing", "lost", "loss",
    ],
    &[
        "imposs", "incap", "inca", "insu", "ineff", "invis", "inex", "inut", "inc", "illég", "irr", "refus",
        "rejet", "manqu", "absen", "évit", "empêch", "interdi", "échou", "exclu", "perd", "ignor", "cess", "oppos",
        "dout", "dés", "mal", "renon", "arrêt", "mini", "privé", "fenêtre", "abandon", "sauf",
    ],
    &[
        "не", "бес", "без", "отказ", "отриц", "опроверг", "отверг", "запре", "запрещ", "избе", "отсутств", "лиш",
        "исключ", "провал", "прекра", "перест", "сомне", "упус", "утрат", "потер", "воздерж", "игнор", "предотвра",
        "фальш", "ложн", "сдал", "сдав", "брос",
    ],
];

/// A fault if one sentence surely negates, and the other has no trace of a negation.
pub(super) fn fault(source: &Facts<'_>, target: &Facts<'_>) -> Option<Fault> {
    // A question asks for both.
    if source.text.contains('?') || target.text.contains('?') {
        return None;
    }
    let (expected, found) = (polarity(source), polarity(target));
    match (expected, found) {
        ((Polarity::Negates, Some(word)), (Polarity::Affirms, _)) => {
            Some(Fault::new(Warning::Negation, source.at(&word.place), ""))
        }
        ((Polarity::Affirms, _), (Polarity::Negates, Some(word))) => {
            Some(Fault::new(Warning::Negation, "", target.at(&word.place)))
        }
        _ => None,
    }
}

fn polarity<'a>(facts: &'a Facts<'_>) -> (Polarity, Option<&'a Word>) {
    let sure = (0..facts.tokens.len()).find(|at| negates(facts, *at));
    if let Some(at) = sure {
        return (Polarity::Negates, facts.tokens.get(at));
    }
    let (words, beginnings) = (WORDS[facts.language as usize], BEGINNINGS[facts.language as usize]);
    let negators = [ENGLISH, FRENCH, RUSSIAN][facts.language as usize];
    let doubtful = facts.tokens.iter().any(|word| {
        let small = word.small.as_str();
        let begins = || {
            beginnings.iter().any(|beginning| small.starts_with(beginning))
                || facts.language == Language::English && small.ends_with("less")
        };
        words.contains(&small) || negators.contains(&small) || begins()
    });
    (if doubtful { Polarity::Doubtful } else { Polarity::Affirms }, None)
}

/// Whether the word `at` surely negates its clause.
fn negates(facts: &Facts<'_>, at: usize) -> bool {
    let tokens = &facts.tokens;
    let (word, small) = (&tokens[at], tokens[at].small.as_str());
    let next = tokens.get(at + 1).map_or("", |word| word.small.as_str());
    let previous = at.checked_sub(1).and_then(|at| tokens.get(at));
    match facts.language {
        Language::English => {
            let contracted = small == "t"
                && word.before == Before::Apostrophe
                && previous.is_some_and(|word| word.small.ends_with('n'));
            let only = matches!(
                next,
                "only"
                    | "just"
                    | "merely"
                    | "simply"
                    | "least"
                    | "long"
                    | "far"
                    | "even"
                    | "surprisingly"
                    | "unlike"
                    | "too"
                    | "so"
                    | "all"
                    | "necessarily"
                    | "yet"
                    | "until"
                    | "because"
                    | "as"
            );
            (contracted || ENGLISH.contains(&small)) && !only
        }
        Language::French => {
            let paired = FRENCH.contains(&small)
                && tokens[at.saturating_sub(5)..at]
                    .iter()
                    .any(|word| word.small == "ne" || word.small == "n");
            paired
                && !matches!(
                    next,
                    "seulement"
                        | "que"
                        | "qu"
                        | "uniquement"
                        | "moins"
                        | "encore"
                        | "toujours"
                        | "un"
                        | "tout"
                )
        }
        Language::Russian => {
            let idiom = matches!(
                next,
                "только"
                    | "менее"
                    | "просто"
                    | "столько"
                    | "раз"
                    | "более"
                    | "больше"
                    | "меньше"
                    | "хуже"
                    | "лучше"
                    | "менeе"
                    | "все"
                    | "всегда"
                    | "столь"
                    | "ранее"
                    | "позднее"
                    | "позже"
                    | "раньше"
                    | "могу"
                    | "может"
                    | "могла"
                    | "мог"
                    | "могут"
                    | "могли"
                    | "исключено"
                    | "исключают"
                    | "исключает"
                    | "смотря"
                    | "считая"
                    | "зря"
                    | "случайно"
                    | "вызывает"
                    | "то"
                    | "так"
            );
            RUSSIAN.contains(&small)
                && !idiom
                && previous.is_none_or(|word| {
                    !matches!(
                        word.small.as_str(),
                        "чуть"
                            | "пока"
                            | "едва"
                            | "если"
                            | "ли"
                            | "или"
                            | "бы"
                            | "кто"
                            | "что"
                            | "как"
                            | "где"
                            | "куда"
                            | "а"
                    )
                })
        }
    }
}
