//! Detects which of the three languages a text is in, or that it is in another one, or that it is unknown.
//!
//! `whatlang` gives the first answer. It is small and fast, and right when it calls itself reliable; on a headline it rarely
//! does. There the words decide ([`evidence`]) or, among Cyrillic letters, the endings (`cyrillic`). Two more signs help in a
//! longer text: words that are frequent in only one of the languages, and letters that Russian has and its neighbours lack. If
//! no sign decides, the language is unknown. A wrong guess would send a text to the wrong model; an unknown language only asks
//! the caller to name it.

mod cyrillic;
mod evidence;

use whatlang::{Lang, Script};

use self::evidence::Evidence;

use super::{TextError, floor};
use crate::lang::Language;

/// The most words of a short text, whose words count more than its letters.
const SHORT: usize = 14;

/// Bytes of a text from which its language is detected.
pub const DETECTION_BYTES: usize = 4 * 1024;
/// From this confidence on, an answer of `whatlang` within the three languages counts, even if it is not reliable.
const CONFIDENT: f32 = 0.3;
/// A candidate is clearly ahead with this score and this multiple of every other.
const AHEAD: (f32, f32) = (0.45, 2.0);
/// The most confidence in the language of a few words.
const FEW_WORDS: f32 = 0.75;
/// The confidence in a language that was detected by frequent words or letters.
const BY_WORDS: f32 = 0.5;

/// The result of detection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detection {
    /// One of the three languages; `confidence` goes from 0 to 1.
    Known { language: Language, confidence: f32 },
    /// Surely another language.
    Foreign,
    /// Too short, without words, or mixed.
    Unknown,
}

/// Detects the language of a text from its first bytes, which may end inside a character. Returns a confidence from 0 to 1. If
/// the language is unknown, returns the candidate that is clearly ahead of the others, or else `fallback`, with the score of
/// that candidate.
///
/// # Errors
/// If the bytes are not UTF-8, or the language is foreign, or unknown without a fallback.
pub fn detect_prefix(beginning: &[u8], fallback: Option<Language>) -> Result<(Language, f32), TextError> {
    let text = match str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_some() => {
            return Err(TextError::InvalidUtf8 { offset: error.valid_up_to() as u64 });
        }
        Err(error) => str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default(),
    };
    match detect(text) {
        Detection::Known { language, confidence } => Ok((language, confidence)),
        Detection::Foreign => Err(TextError::ForeignLanguage),
        Detection::Unknown => {
            let fallback = fallback.ok_or(TextError::UnknownLanguage)?;
            let candidates = candidates(text);
            let score = |place: usize| candidates.get(place).map_or(0.0, |(_, score)| *score);
            // A single word is often a name.
            let ahead =
                text.split_whitespace().count() > 1 && score(0) >= AHEAD.0 && score(0) >= AHEAD.1 * score(1);
            let best = candidates.first().filter(|_| ahead).map_or(fallback, |(language, _)| *language);
            let own = candidates.iter().find(|(language, _)| *language == best);
            Ok((best, own.map_or(0.0, |(_, score)| *score)))
        }
    }
}

/// Whether a sentence is certainly in `language` although its text is in `other`, so that translating it would spoil it. A
/// foreign name or title in a sentence of `other` is not enough.
pub fn is_certainly(sentence: &str, language: Language, other: Language) -> bool {
    let words = sentence.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
    let is_detected =
        || matches!(detect(sentence), Detection::Known { language: found, .. } if found == language);
    if language.is_latin() != other.is_latin() {
        let foreign = |c: char| is_cyrillic(c) == language.is_latin();
        return words >= 2 && !sentence.contains(|c: char| c.is_alphabetic() && foreign(c)) && is_detected();
    }
    let Some(info) = whatlang::detect(sentence).filter(|_| words >= 4) else { return false };
    is_detected() && Evidence::of(sentence, &info).is_certain(language)
}

/// The languages that a text may be in, best first, with scores from 0 to 1. Empty for a text without letters of theirs.
pub fn candidates(text: &str) -> Vec<(Language, f32)> {
    let text = &text[..floor(text, DETECTION_BYTES)];
    let Some(info) = whatlang::detect(text) else { return Vec::new() };
    let mut scores: Vec<(Language, f32)> = match info.script() {
        Script::Latin if !is_partly_cyrillic(text) => Evidence::of(text, &info).shares().into(),
        Script::Latin | Script::Cyrillic => {
            let foreign = text.chars().any(|c| is_cyrillic(c) && !Language::Russian.writes(c));
            let share = cyrillic::Evidence::of(text, info.lang()).share();
            vec![(Language::Russian, if foreign { 0.5 * share } else { share })]
        }
        _ => Vec::new(),
    };
    if let Detection::Known { language, confidence } = detect(text) {
        scores.retain(|(other, _)| *other != language);
        let rest = 1.0 - confidence;
        let all: f32 = scores.iter().map(|(_, score)| *score).sum();
        for (_, score) in &mut scores {
            *score = score.min(*score / all.max(f32::MIN_POSITIVE) * rest).min(confidence);
        }
        scores.push((language, confidence));
    }
    scores.retain(|(_, score)| *score > 0.0);
    scores.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    scores
}

/// Detects the language of `text` from its first few kilobytes.
pub fn detect(text: &str) -> Detection {
    let text = &text[..floor(text, DETECTION_BYTES)];
    let Some(info) = whatlang::detect(text) else {
        return Detection::Unknown;
    };
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
    match info.script() {
        Script::Latin | Script::Cyrillic if words < 2 => Detection::Unknown,
        // In a short text, Latin names may have more letters than the Russian words around them.
        Script::Latin if words <= SHORT && is_partly_cyrillic(text) => cyrillic(text, words, &info),
        Script::Latin => latin(text, words, &info),
        Script::Cyrillic => cyrillic(text, words, &info),
        // whatlang names the script with most letters, so most of the text is in another script.
        _ => Detection::Foreign,
    }
}

fn latin(text: &str, words: usize, info: &whatlang::Info) -> Detection {
    if words <= SHORT {
        let evidence = Evidence::of(text, info);
        if let Some(language) = evidence.known() {
            let share = evidence.shares().into_iter().find(|(ours, _)| *ours == language);
            let confidence = share.map_or(BY_WORDS, |(_, share)| share.clamp(BY_WORDS, FEW_WORDS));
            return Detection::Known { language, confidence };
        }
        if evidence.is_foreign() {
            return Detection::Foreign;
        }
    }
    let (english, french) = frequent_words(text);
    match language(info.lang()) {
        // whatlang may take a few names for any language, so a frequent word must confirm it.
        Some(Language::English) if sure(info) && english > 0 => known(Language::English, info),
        Some(Language::French) if sure(info) && french > 0 => known(Language::French, info),
        // At least one word in four is frequent in one language, and far fewer are in the other.
        _ if !info.is_reliable() && english > 2 * french && 4 * english >= words => {
            by_words(Language::English)
        }
        _ if !info.is_reliable() && french >= 2 + 2 * english && 4 * french >= words => {
            by_words(Language::French)
        }
        None if info.is_reliable() && words >= 3 => Detection::Foreign,
        _ => Detection::Unknown,
    }
}

fn cyrillic(text: &str, words: usize, info: &whatlang::Info) -> Detection {
    let russian = Language::Russian.tables();
    let (mut own, mut bulgarian, mut foreign) = (false, false, false);
    for c in text.chars().flat_map(char::to_lowercase).filter(|c| is_cyrillic(*c)) {
        own |= russian.own_letters.contains(&c);
        bulgarian |= c == 'ъ';
        foreign |= !Language::Russian.writes(c);
    }
    match (own, foreign) {
        (true, false) if words >= 2 => Detection::Known {
            language: Language::Russian,
            confidence: if language(info.lang()).is_some() {
                (info.confidence() as f32).max(BY_WORDS)
            } else {
                BY_WORDS
            },
        },
        (false, false) if words <= SHORT && cyrillic::Evidence::of(text, info.lang()).is_russian() => {
            by_words(Language::Russian)
        }
        (false, false) if info.lang() == Lang::Rus && sure(info) => known(Language::Russian, info),
        (_, true) if info.lang() == Lang::Rus && info.is_reliable() => known(Language::Russian, info),
        // Bulgarian is the only other language without letters that Russian lacks; it has many hard signs.
        (_, other) if info.lang() != Lang::Rus && info.is_reliable() && (other || bulgarian) => {
            Detection::Foreign
        }
        (false, true) if words >= 3 => Detection::Foreign,
        _ => Detection::Unknown,
    }
}

fn is_cyrillic(c: char) -> bool {
    ('\u{400}'..='\u{52f}').contains(&c)
}

/// Whether at least a quarter of the letters is Cyrillic.
fn is_partly_cyrillic(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let cyrillic = text.chars().filter(|c| is_cyrillic(*c)).count();
    cyrillic > 0 && 4 * cyrillic >= letters
}

fn language(lang: Lang) -> Option<Language> {
    Language::from_iso(lang.code())
}

fn sure(info: &whatlang::Info) -> bool {
    info.is_reliable() || info.confidence() as f32 >= CONFIDENT
}

fn known(language: Language, info: &whatlang::Info) -> Detection {
    Detection::Known { language, confidence: info.confidence() as f32 }
}

fn by_words(language: Language) -> Detection {
    Detection::Known { language, confidence: BY_WORDS }
}

/// Counts the words of `text` that are frequent in English and in French.
fn frequent_words(text: &str) -> (usize, usize) {
    let frequent = |language: Language| language.tables().words.frequent;
    let (english_words, french_words) = (frequent(Language::English), frequent(Language::French));
    let (mut english, mut french) = (0, 0);
    for word in text.split(|c: char| !(c.is_alphabetic() || matches!(c, '\'' | '’'))) {
        let word = word.to_lowercase().replace('’', "'");
        let elided = word.find('\'').map_or("", |at| &word[..=at]);
        english += usize::from(english_words.contains(&word.as_str()));
        french += usize::from(
            french_words.contains(&word.as_str()) || (!elided.is_empty() && french_words.contains(&elided)),
        );
    }
    (english, french)
}
