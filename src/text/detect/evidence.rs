//! Evidence for the language of a few words, as in a headline, where the letter statistics of `whatlang` are not reliable.
//!
//! Each word gives points to the languages that have it: the lists `english.txt` and `french.txt`, and the stop words of about
//! thirty languages. A word of several languages gives each a share. Letters and endings that a language lacks count too.
//!
//! The two lists have words of headlines, and words that are at least fifteen times as frequent in one language as in the other
//! and are stop words of no third language. These were counted in Tatoeba, TICO-19, the blog of the Canadian Digital Service,
//! the Open Source Guides, the Sustainable Development Goals and Europarl.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use whatlang::{Detector, Lang};

use crate::lang::Language;

static ENGLISH: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("english.txt").split_whitespace().collect());
static FRENCH: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("french.txt").split_whitespace().collect());

/// Languages with Latin letters whose stop words are known; the first two are ours.
const LATIN: [&str; 28] = [
    "en", "fr", "it", "es", "pt", "de", "nl", "sv", "da", "no", "pl", "ro", "cs", "sk", "hu", "fi", "tr",
    "ca", "hr", "sl", "et", "lv", "lt", "id", "gl", "eu", "ga", "sq",
];
/// The places of ours in [`LATIN`].
const OURS: u32 = 0b11;

/// The stop words of [`LATIN`], with a bit for each language that has the word.
static STOP_WORDS: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (place, code) in LATIN.iter().enumerate() {
        for word in stop_words::lookup(code).unwrap_or_default() {
            *words.entry(*word).or_default() |= 1 << place;
        }
    }
    words
});

/// Letters that neither English nor French has.
const FOREIGN_LETTERS: &str = "ñßäöåøłžšõãòìúóíáąęśźżćńčěřőűșțăğşıďťňůđāēīūģķļņėįųŗý";
/// Letters that French has and English lacks. Italian and others share some.
const FRENCH_LETTERS: &str = "éèêàçùûîôœëï";
/// Endings and letters inside words that English has and most others lack.
const ENGLISH_SHAPES: [&str; 12] =
    ["ing", "ght", "tch", "wn", "ck", "sh", "ness", "ship", "ful", "ough", "ay", "wh"];
/// The same for French.
const FRENCH_SHAPES: [&str; 10] = ["eux", "eau", "aux", "oir", "ée", "ées", "elle", "ment", "ouv", "ieur"];
/// Points for such letters or shapes.
const SHAPE: f32 = 0.3;
/// Points of a word with a letter that English lacks: for French, and against English.
const ACCENT: f32 = 0.7;
/// Points for the better of English and French by `whatlang`, and for its best language of all.
const LETTERS: f32 = 0.3;
/// Weight of an inflected form of a word in a list.
const FORM: f32 = 0.8;
/// Weight of the points of a name.
const NAME: f32 = 0.5;
/// The least points of a known language for a text of two words, and for a longer text.
const LEAST: (f32, f32) = (1.6, 1.0);
/// The least points for each word.
const SHARE: f32 = 0.2;
/// The least points, in all and for each word, of a language that is certain.
const CERTAIN: f32 = 2.5;
const CERTAIN_SHARE: f32 = 0.3;
/// The least points from whole words.
const HEARD: f32 = 0.5;
/// With fewer points in all, the shares of the languages do not add up to 1.
const ALL: f32 = 1.0;
/// A language must have this many times the points of every other, and a margin.
const LEAD: f32 = 1.5;
const MARGIN: f32 = 0.4;

/// The points of the languages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    pub english: f32,
    pub french: f32,
    /// The best other language.
    pub foreign: f32,
    words: usize,
    /// The points of English and French from whole words.
    heard: [f32; 2],
}

impl Evidence {
    /// Weighs the words of a text in Latin letters.
    pub fn of(text: &str, info: &whatlang::Info) -> Self {
        let (mut points, mut signs) = ([0.0f32; LATIN.len()], [0.0f32; 2]);
        let (mut foreign, mut words) = (0.0f32, 0);
        let shouted = !text.contains(char::is_lowercase);
        for word in text.split(|c: char| !(c.is_alphabetic() || matches!(c, '\'' | '’'))) {
            let small = word.to_lowercase().replace('’', "'");
            // A name says less about the language around it.
            let name = (words > 0 && word.starts_with(char::is_uppercase)) || (!shouted && is_capitals(word));
            let Some(small) = Some(small.trim_matches('\'')).filter(|small| !small.is_empty()) else {
                continue;
            };
            words += 1;
            for part in parts(small) {
                add(part, if name { NAME } else { 1.0 }, &mut points);
            }
            if !name {
                foreign += f32::from(u8::from(small.contains(|c| FOREIGN_LETTERS.contains(c))));
                shapes(small, &mut signs);
            }
        }
        let ours = Detector::with_allowlist(vec![Lang::Eng, Lang::Fra]).detect_lang(text);
        signs[0] += if ours == Some(Lang::Eng) { LETTERS } else { 0.0 };
        signs[1] += if ours == Some(Lang::Fra) { LETTERS } else { 0.0 };
        match info.lang() {
            Lang::Eng => signs[0] += LETTERS,
            Lang::Fra => signs[1] += LETTERS,
            _ => foreign += if info.is_reliable() { 1.0 } else { LETTERS },
        }
        let other = points[2..].iter().copied().fold(0.0, f32::max);
        let heard = [points[0], points[1]];
        let [english, french] = [0, 1].map(|ours| (heard[ours] + signs[ours]).max(0.0));
        Self { english, french, foreign: other + foreign, words, heard }
    }

    /// English or French, if it is clearly ahead.
    pub fn known(&self) -> Option<Language> {
        let Self { english, french, foreign, words, heard } = *self;
        let (language, best, other, heard) = if english > french {
            (Language::English, english, french, heard[0])
        } else {
            (Language::French, french, english, heard[1])
        };
        let least = if words <= 2 { LEAST.0 } else { LEAST.1 };
        let enough = heard >= HEARD && best >= least.max(SHARE * words as f32);
        (enough && ahead(best, other.max(foreign))).then_some(language)
    }

    /// Whether a text of several words has many words of `language` and hardly one of any other.
    pub fn is_certain(&self, language: Language) -> bool {
        let Self { english, french, foreign, words, .. } = *self;
        let (best, other) = if language == Language::English { (english, french) } else { (french, english) };
        best >= CERTAIN.max(CERTAIN_SHARE * words as f32) && best >= 3.0 * other.max(foreign)
    }

    /// Whether another language is clearly ahead.
    pub fn is_foreign(&self) -> bool {
        self.words > 2 && self.foreign >= 2.0 && ahead(self.foreign, self.english.max(self.french))
    }

    /// The shares of English and French in all points.
    pub fn shares(&self) -> [(Language, f32); 2] {
        let all = (self.english + self.french + self.foreign).max(ALL);
        [(Language::English, self.english / all), (Language::French, self.french / all)]
    }
}

fn ahead(best: f32, other: f32) -> bool {
    best >= LEAD * other && best >= other + MARGIN
}

/// The parts of a word around an apostrophe: the elided beginning with its apostrophe, and the rest.
fn parts(small: &str) -> impl Iterator<Item = &str> {
    let (beginning, rest) = match small.find('\'') {
        Some(at) if at < 4 => small.split_at(at + 1),
        _ => ("", small),
    };
    [beginning, rest].into_iter().filter(|part| !part.is_empty())
}

/// Whether a word without one of the endings is in a list.
fn is_form(word: &str, list: &HashSet<&str>, endings: &[&str]) -> bool {
    let mut stems = endings.iter().filter_map(|ending| word.strip_suffix(ending));
    stems.any(|stem| stem.chars().count() > 2 && list.contains(stem))
}

fn is_capitals(word: &str) -> bool {
    word.chars().nth(1).is_some() && word.chars().all(char::is_uppercase)
}

/// Gives the points of a word.
fn add(word: &str, weight: f32, points: &mut [f32; LATIN.len()]) {
    let frequent = |language: Language| language.tables().words.frequent.contains(&word);
    let stop = STOP_WORDS.get(word).copied().unwrap_or_default();
    let mut english = ENGLISH.contains(word) || frequent(Language::English);
    let mut french = FRENCH.contains(word) || frequent(Language::French);
    if !english && !french && stop == 0 {
        english = is_form(word, &ENGLISH, &["s", "ed", "d", "ing", "er"]);
        french = is_form(word, &FRENCH, &["s", "e", "es", "nt", "x"]);
        if english != french {
            points[usize::from(french)] += FORM * weight;
        }
        return;
    }
    if english != french && stop & !OURS == 0 {
        points[usize::from(french)] += weight;
        return;
    }
    let has = stop | u32::from(english) | u32::from(french) << 1;
    let share = (has.count_ones().max(1) as f32).sqrt().recip();
    for (place, points) in points.iter_mut().enumerate() {
        if has >> place & 1 == 1 {
            // A frequent word of ours is more frequent than most stop words of others.
            let ours = (place == 0 && english) || (place == 1 && french);
            *points += weight * if ours { share.max(0.5) } else { share };
        }
    }
}

/// Gives the points of the letters of a word.
fn shapes(small: &str, points: &mut [f32; 2]) {
    let has = |shapes: &[&str]| small.chars().count() > 3 && shapes.iter().any(|shape| small.contains(shape));
    if has(&ENGLISH_SHAPES) {
        points[0] += SHAPE;
    }
    if has(&FRENCH_SHAPES) {
        points[1] += SHAPE;
    }
    if small.contains(|c| FRENCH_LETTERS.contains(c)) {
        points[1] += ACCENT;
        points[0] -= ACCENT;
    }
}
