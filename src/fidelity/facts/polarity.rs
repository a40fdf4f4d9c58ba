//! Whether a sentence negates anything.
//!
//! Languages negate in different places ("I don't think he knows", "un homme sans argent" and "a penniless man"), so only a
//! sentence without any trace of a negation contradicts one that surely has one.

use super::{Facts, Fault};
use crate::{fidelity::Warning, lang::{Before, Language, Word}};

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
/// Beginnings of words that may hide a negation.
const BEGINNINGS: [&[&str]; 3] = [
    &["un", "in", "im", "ir", "il", "dis", "non", "mis", "de", "anti", "counter", "fail", "refus", "reject", "den", "lack", "miss", "prevent", "avoid", "stop", "ban", "block", "forb", "absen", "hardly", "barely", "rare", "seldom", "scarce", "little", "few", "only", "without", "neither", "nor", "no", "none", "nothing", "nowhere", "rather", "instead", "except", "unless", "until", "too", "yet", "but", "far", "last", "free", "any", "ever", "either", "else", "other", "despite", "still", "though", "although", "beyond", "less", "least", "otherwise", "doubt", "reluct", "wrong", "false", "end", "loss", "lost", "lose", "off", "out", "exclu", "ignor", "oppos", "contrary", "unlike", "prohib", "hate", "never", "kept", "keep", "drop", "drew", "leave", "left", "elude", "escap", "resist", "bar", "withh", "declin", "cease", "short", "than", "before", "why", "whether", "just", "even", "mere", "simply", "if", "dry", "merely", "remain", "go", "rid", "hold", "held", "broke", "void", "nil", "zero", "dead", "died", "wait", "shy", "spar", "immun"],
    &["ne", "n", "non", "ni", "sans", "in", "im", "ir", "il", "dé", "dés", "mal", "anti", "contre", "aucun", "peu", "rare", "guère", "seul", "refus", "rejet", "ni", "nul", "manqu", "absen", "évit", "empêch", "interdi", "échou", "exclu", "sauf", "hors", "plutôt", "plus", "que", "qu", "trop", "avant", "tant", "moins", "point", "jamais", "rien", "pas", "personne", "loin", "fin", "perd", "perte", "faux", "fauss", "ignor", "cess", "oppos", "contraire", "autre", "dou", "privé", "à peine", "même", "malgré", "autant", "toujours", "encore", "dernier", "si", "libre", "sinon", "imposs", "tout", "mé", "mé", "renon", "arr", "bloqu", "abst"],
    &["не", "ни", "бес", "без", "нет", "мало", "редко", "едва", "лишь", "только", "отказ", "отриц", "опроверг", "отверг", "вряд", "запре", "избе", "отсутств", "против", "кроме", "вместо", "лиш", "исключ", "провал", "прекра", "перест", "сомне", "пока", "анти", "слишком", "тольк", "чем", "раньше", "до", "друг", "прежде", "иначе", "хотя", "даже", "почему", "ли", "если", "все", "еще", "чужд", "упус", "скорее", "разве", "мимо", "по-прежнему", "остал", "ложн", "ошиб", "потер", "утра", "отст", "далек", "вне", "трудно", "сложно", "воздерж", "от", "уход", "хватит", "пусто", "свобод"],
];

/// A fault if one sentence surely negates, and the other has no trace of a negation.
pub(super) fn fault(source: &Facts<'_>, target: &Facts<'_>) -> Option<Fault> {
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
    let beginnings = BEGINNINGS[facts.language as usize];
    let doubtful = facts.tokens.iter().any(|word| {
        let small = word.small.as_str();
        ENGLISH.contains(&small) || FRENCH.contains(&small) || RUSSIAN.contains(&small) || small == "t" ||
        beginnings.iter().any(|beginning| {
            word.small.strip_prefix(beginning).is_some_and(|rest| beginning.chars().count() > 2 && rest.is_empty() || rest.chars().count() > 2 || *beginning == word.small)
        }) || word.small.ends_with("less")
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
            let contracted = small == "t" && word.before == Before::Apostrophe && previous.is_some_and(|word| word.small.ends_with('n'));
            let only = matches!(next, "only" | "just" | "merely" | "simply" | "least" | "long" | "far" | "even" | "surprisingly" | "unlike" | "too" | "so" | "all" | "necessarily" | "yet" | "until" | "because" | "as");
            (contracted || ENGLISH.contains(&small)) && !only
        }
        Language::French => {
            let paired = FRENCH.contains(&small) && tokens[at.saturating_sub(5)..at].iter().any(|word| word.small == "ne" || word.small == "n");
            paired && !matches!(next, "seulement" | "que" | "qu" | "uniquement" | "moins" | "encore" | "toujours" | "un" | "tout")
        }
        Language::Russian => {
            let idiom = matches!(next, "только" | "менее" | "просто" | "столько" | "раз" | "более" | "больше" | "меньше" | "хуже" | "лучше" | "менeе" | "все" | "всегда" | "столь" | "ранее" | "позднее" | "позже" | "раньше" | "могу" | "может" | "могла" | "мог" | "могут" | "могли" | "исключено" | "исключают" | "исключает" | "смотря" | "считая" | "зря" | "случайно" | "вызывает" | "то" | "так");
            RUSSIAN.contains(&small) && !idiom && previous.is_none_or(|word| !matches!(word.small.as_str(), "чуть" | "пока" | "едва" | "если" | "ли" | "или" | "бы" | "кто" | "что" | "как" | "где" | "куда" | "а"))
        }
    }
}
