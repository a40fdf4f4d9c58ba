//! The types of the tables that each language's file fills in.
//!
//! Unless a field says otherwise, words are in small letters, `ё` is written `е`, and words are split at apostrophes and
//! hyphens, as `words` splits them. Comparisons with `FullStops`, `starters`, `line_joiners` and `Names::abbreviations` respect
//! case.

use std::ops::RangeInclusive;

use rust_stemmers::Algorithm;

/// A list of words.
pub type List = &'static [&'static str];

/// A list of words or phrases by index, each with all its forms or words.
pub type Forms = &'static [List];

/// A noun with its inflected forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noun {
    pub stem: &'static str,
    /// The endings of the forms. Latin languages: singular, plural. Russian: the six cases of the singular (nominative, genitive,
    /// dative, accusative, instrumental, prepositional), then those of the plural, without its accusative.
    pub endings: List,
    /// Abbreviations, and words that mean the same.
    pub short: List,
}

impl Noun {
    /// All inflected forms, in the order of the endings.
    pub fn forms(&self) -> impl Iterator<Item = String> + use<> {
        let stem = self.stem;
        self.endings.iter().map(move |ending| format!("{stem}{ending}"))
    }

    /// Whether a word in small letters is one of its forms or its abbreviations.
    pub fn has(&self, small: &str) -> bool {
        small.strip_prefix(self.stem).is_some_and(|ending| self.endings.contains(&ending))
            || self.short.contains(&small)
    }
}

/// All tables of a language.
pub struct Tables {
    /// Its ISO 639-1 code.
    pub code: &'static str,
    /// Its English name.
    pub name: &'static str,
    /// Its ISO 639 codes in models, the most frequent first.
    pub iso: List,
    /// Codes of the language families that contain it, as in the names of multilingual models.
    pub families: List,
    /// Its alphabet; empty for Latin, because Latin letters are in every text.
    pub alphabet: &'static [RangeInclusive<char>],
    /// Small letters that other languages with the same script lack.
    pub own_letters: &'static [char],
    /// Small letters that are often replaced by others, with their replacements.
    pub alike: &'static [(char, &'static str)],
    pub stemmer: Algorithm,
    pub words: SmallWords,
    pub endings: Endings,
    pub negation: Negation,
    pub reporting: Reporting,
    pub numbers: Numbers,
    pub calendar: Calendar,
    pub names: Names,
    pub capitals: CapitalWords,
    pub full_stops: FullStops,
    pub page: Page,
}

/// Function words, by their function.
pub struct SmallWords {
    /// Words and elided beginnings that are frequent in no other language with the same script.
    pub frequent: List,
    pub articles: List,
    /// Prepositions: the name after one is not the agent, but a patient or a place.
    pub prepositions: List,
    /// Forms of "to be", auxiliaries and pronouns, of four letters or more. `Grammar::weight` handles shorter stop words.
    pub auxiliaries: List,
    /// Forms of "to be" in a passive.
    pub being: List,
    /// Words that usually stand before a verb.
    pub helpers: List,
    /// Words before the agent of a passive.
    pub by: List,
    pub and: List,
    /// Pronouns that refer to a name in an earlier sentence.
    pub pronouns: List,
    /// Pronouns that can be the subject of a verb.
    pub subjects: List,
    /// Words that mark an infinitive.
    pub infinitive: List,
    /// Words that often begin sentences, and seldom follow an initial or a company's name. With their capitals.
    pub starters: List,
    /// Words that cannot end a headline, so the line continues.
    pub line_joiners: List,
    /// Words that open a clause, so a sentence may be split before them.
    pub clause_openers: List,
}

/// The endings of words, by the kind of word.
pub struct Endings {
    /// Endings of words that are mostly verbs.
    pub verbs: List,
    /// Endings of adverbs, which may stand between a negation and the negated word.
    pub adverbs: List,
    /// Endings of words that are not names although they have a capital at the start of a sentence: plurals and participles.
    pub no_names: List,
    /// Whether cases, not the order of words, mark subject and object.
    pub cases: bool,
}

/// How the language negates.
pub struct Negation {
    /// Words that negate by themselves.
    pub negators: List,
    /// Words that cancel a negator before them: "not only".
    pub not_only: List,
    /// Verbs and nouns that deny what follows. Compared by stem.
    pub deniers: List,
    /// Negative contractions: the end of the word before the apostrophe, and the word after it: "n't".
    pub contractions: &'static [(&'static str, &'static str)],
    /// Negators that do not negate a number: "No 10".
    pub not_before_digits: List,
    /// Negators that need a second one ("ne ... pas") or mean "only" with another word ("ne ... que").
    pub paired: List,
    /// The `paired` negators that are negators only before an apostrophe.
    pub elided: List,
    /// Whether a negator may follow the negated word, at the end of a clause.
    pub trails: bool,
}

/// How speech is reported.
pub struct Reporting {
    /// Neutral verbs of speech; one may replace another. Compared by stem.
    pub says: List,
    /// Verbs of speech that also judge it, so none may replace another. Compared by stem.
    pub claims: List,
    /// Phrases before the name of a speaker.
    pub according: Forms,
}

/// How numbers are written, in digits and in words.
pub struct Numbers {
    /// The mark between groups of three digits, in addition to white space.
    pub thousands: char,
    pub decimal: char,
    /// Words for the sign of a negative number.
    pub minus: List,
    /// Words before `minus` that cancel it: "plus or minus".
    pub no_minus_behind: List,
    /// Forms of "one". Alone it is mostly an article, so it counts only after tens and hundreds.
    pub one: List,
    /// Numbers from two to nineteen, as far as each is one word.
    pub from_two: Forms,
    /// Twenty, thirty and so on.
    pub tens: Forms,
    /// A hundred, two hundred and so on, as far as each is one word.
    pub hundreds: Forms,
    /// Words and abbreviations for powers of ten, with the exponent.
    pub scales: &'static [(&'static str, i32)],
    pub alone: Alone,
    /// The word that can join the parts of a number.
    pub joiner: Option<Joiner>,
    /// Whether some tens are multiples of twenty or sums: "quatre-vingts", "soixante-dix".
    pub twenties: bool,
    /// Ordinals from the first on.
    pub ordinals: Forms,
    /// Inexact amounts, multiples and fractions.
    pub amounts: Forms,
    /// Beginnings of words that name a unit.
    pub units: &'static [(&'static str, Unit)],
    /// Beginnings of words that name a unit and nothing else. "Pound" and "livre" have other meanings.
    pub unit_words: List,
    /// Words between a number and its unit, with the space after them: "de ".
    pub unit_links: List,
    /// Marks between hours and minutes, in addition to a colon.
    pub hour_marks: List,
}

/// When a word for a hundred or a thousand means exactly one without a number before it.
pub enum Alone {
    /// After one of these words: "a hundred".
    Behind(List),
    /// If it is one of `words`, and not after one of `not_behind`: "cent", but not in "pour cent".
    Words { words: List, not_behind: List },
    /// Before the rest of a number: "тысяча сто".
    BeforeNumber,
}

/// A word inside numbers: "two hundred and one", "vingt et un".
pub struct Joiner {
    pub word: &'static str,
    /// The smallest number before it.
    pub least: u32,
    /// The number before it is a multiple of this.
    pub multiple: u32,
}

/// Units that have a sign as well as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    None,
    Percent,
    Dollar,
    Euro,
    Pound,
    Rouble,
}

/// Days and months.
pub struct Calendar {
    /// Monday first.
    pub weekdays: &'static [Noun],
    /// January first.
    pub months: &'static [Noun],
    /// Days relative to the day of writing.
    pub relative_days: List,
    /// For a language in which days and months have capitals and may be names: "May", "Sun".
    pub capitals: Option<Capitals>,
}

/// How to distinguish a day or a month from a name if both have capitals.
pub struct Capitals {
    /// Short days and months that are not names.
    pub sure: List,
    /// Words before other short days and months. A number beside them serves as well.
    pub behind: List,
}

/// How to read and compare names.
pub struct Names {
    /// Titles before names; they may also have small letters.
    pub titles: List,
    /// Words for people that begin a sentence without being a name.
    pub people: List,
    /// Endings in which the forms of a name may differ, after the letters that they share.
    pub endings: List,
    /// Minimum number of letters that two forms of a name share.
    pub least: usize,
    /// Endings of plurals that also end other names, and the endings that they may be compared with.
    pub plurals: (List, List),
    /// Abbreviations, in capitals, whose long form has other initials, or initials that are ambiguous.
    pub abbreviations: &'static [(&'static str, List)],
}

/// How to lower a text in capitals.
pub struct CapitalWords {
    /// Abbreviations with a vowel, in capitals; those without a vowel need no list.
    pub abbreviations: List,
    /// Words without a vowel that are no abbreviations.
    pub small: List,
    /// Countries and cities, in the forms that headlines have.
    pub names: List,
}

/// Words by the meaning of a full stop after them, as in `abbreviation::Dot`. They are written without that full stop, but with
/// the ones inside. Their case matters.
pub struct FullStops {
    /// It is never the end of a sentence: abbreviations that need the next word.
    pub leaning: List,
    /// The same in texts of every language, because names keep their titles.
    pub leaning_everywhere: List,
    /// The same for two words with white space between them, the first with its full stop.
    pub spaced_leaning: &'static [(&'static str, &'static str)],
    /// Units: after a number they can end a sentence, although the same letters elsewhere need the next word.
    pub units: List,
    /// Two such words that can end a sentence.
    pub spaced_closing: &'static [(&'static str, &'static str)],
    /// It is not an end before a number.
    pub numbering: List,
    /// Parts of names and companies that can end a sentence, but seldom do.
    pub initial: List,
    /// Words among these that cannot begin a sentence either: "Yahoo! Inc."
    pub suffixes: List,
    /// It is often an end and often not.
    pub closing: List,
    /// The last words of a time of day.
    pub clock: List,
    /// Days, months and time zones that can follow a time of day.
    pub after_clock: List,
    /// Words for a year, after its number.
    pub year: List,
    /// Words that begin a date with such a year at the start of a sentence.
    pub dating: List,
}

/// Lines on a web page that are not part of the article.
pub struct Page {
    /// Phrases that begin such lines.
    pub phrases: List,
    /// Words that begin such lines only with a colon after them; without it, they may begin any sentence.
    pub labels: List,
    /// Words that begin a line with the date of publication.
    pub stamps: List,
    /// Words beside days, months and numbers in such a line.
    pub stamp_words: List,
    /// Words that begin a line with the author's name.
    pub bylines: List,
}
