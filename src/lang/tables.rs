//! What is told of a language: the form that each language's own file fills in.
//!
//! The text calls a sequence of letters a word. Unless a field says otherwise, words are in small letters, `ё` is written `е`,
//! and they are cut at apostrophes and hyphens as `words` cuts them. The lists of full stops, of small words at a line's end
//! and of names in capitals keep their case.

use std::ops::RangeInclusive;

use rust_stemmers::Algorithm;

/// A list of words.
pub type List = &'static [&'static str];

/// Words by number, each in its forms.
pub type Forms = &'static [List];

/// All that is known of a language.
pub struct Tables {
    /// Its ISO 639-1 code.
    pub code: &'static str,
    /// What English calls it.
    pub name: &'static str,
    /// Its codes in ISO 639, as models use them, the likeliest first.
    pub iso: List,
    /// Codes of language families for which it stands, as models of several languages use them.
    pub families: List,
    /// Its letters, where they are not Latin: Latin ones are in every text.
    pub alphabet: &'static [RangeInclusive<char>],
    /// Small letters of its own, which other languages in the same script lack.
    pub own_letters: &'static [char],
    /// Small letters that are often written as others, and those others.
    pub alike: &'static [(char, &'static str)],
    pub stemmer: Algorithm,
    pub words: SmallWords,
    pub endings: Endings,
    pub negation: Negation,
    pub reporting: Reporting,
    pub numbers: Numbers,
    pub calendar: Calendar,
    pub names: Names,
    pub full_stops: FullStops,
    pub page: Page,
}

/// Small words, by what they do.
pub struct SmallWords {
    /// Words, and beginnings that are elided, that no other language in the same script uses as often.
    pub frequent: List,
    pub articles: List,
    /// What follows one of these does nothing: it is acted on, or a place.
    pub prepositions: List,
    /// Forms of "to be", auxiliaries and pronouns, of four letters or more where the stop words do not tell them.
    pub auxiliaries: List,
    /// "To be" as it stands in a passive.
    pub being: List,
    /// Before a verb, as a rule.
    pub helpers: List,
    /// Before who did it, in a passive.
    pub by: List,
    pub and: List,
    /// Stand for a name in a sentence before.
    pub pronouns: List,
    /// Pronouns that stand before a verb as who does it.
    pub subjects: List,
    /// Before a verb that nobody does yet.
    pub infinitive: List,
    /// Begin sentences far more often than they follow an initial or a company's name. With their capitals.
    pub starters: List,
    /// No headline ends with them: the line goes on.
    pub line_joiners: List,
    /// Open a clause, so that the white space before them is a fair place for a cut.
    pub clause_openers: List,
}

/// What the ends of words tell.
pub struct Endings {
    /// Of verbs, more often than not.
    pub verbs: List,
    /// Of adverbs, which may stand between a negation and what it negates.
    pub adverbs: List,
    /// Of words that begin a sentence and look like no name: plurals and participles.
    pub no_names: List,
    /// Cases tell who does what to whom, not the order of words.
    pub cases: bool,
}

/// How the language says no.
pub struct Negation {
    /// Say no by themselves.
    pub negators: List,
    /// What makes a negator before it none: "not only".
    pub not_only: List,
    /// Deny what follows; compared by stem.
    pub deniers: List,
    /// Ends of a word before an apostrophe, and what stands behind it: "n't".
    pub contractions: &'static [(&'static str, &'static str)],
    /// Negators that say no to no number: "No 10".
    pub not_before_digits: List,
    /// Negators that go with another one, or with "only": "ne ... pas", "ne ... que".
    pub paired: List,
    /// Those of them that are such only before an apostrophe.
    pub elided: List,
    /// A negator may follow what it negates, at the end of a clause.
    pub trails: bool,
}

/// How speech is reported.
pub struct Reporting {
    /// Report speech and no more; one may stand for another. Compared by stem.
    pub says: List,
    /// Report speech and judge it, so that none stands for another. Compared by stem.
    pub claims: List,
    /// Phrases before the name of who said it.
    pub according: Forms,
}

/// How numbers are written, in digits and in words.
pub struct Numbers {
    /// The mark between groups of three digits, beside white space.
    pub thousands: char,
    pub decimal: char,
    /// Words for the sign of a negative number.
    pub minus: List,
    /// A word before them that makes them no sign: "plus or minus".
    pub no_minus_behind: List,
    /// One, in its forms; alone it is mostly an article, so it counts behind tens and hundreds.
    pub one: List,
    /// Numbers from two to nineteen, as far as they are words of their own.
    pub from_two: Forms,
    /// Twenty, thirty and so on.
    pub tens: Forms,
    /// A hundred, two hundred and so on, where these are words of their own.
    pub hundreds: Forms,
    /// Powers of ten: with the beginnings or wholes of their names.
    pub scales: &'static [(&'static str, i32)],
    pub alone: Alone,
    /// The word that may stand between the parts of a number.
    pub joiner: Option<Joiner>,
    /// Some tens are counted by twenties: "quatre-vingts", "soixante-dix".
    pub twenties: bool,
    /// Places in a row, first to tenth as far as they are there.
    pub ordinals: Forms,
    /// Amounts that are not told exactly, and fractions.
    pub amounts: Forms,
    /// Beginnings of words that name a unit.
    pub units: &'static [(&'static str, Unit)],
    /// Those that name nothing else. A pound and a livre may be something else.
    pub unit_words: List,
    /// What may stand between a number and its unit, with the space behind it: "de ".
    pub unit_links: List,
    /// Between the hours and the minutes of a time, beside a colon.
    pub hour_marks: List,
}

/// When a word for a hundred or a thousand is one of it, though no number stands before it.
pub enum Alone {
    /// Behind one of these words: "a hundred".
    Behind(List),
    /// If it is one of these words and not behind one of those: "cent", but not in "pour cent".
    Words { words: List, not_behind: List },
    /// Before the rest of a number: "тысяча сто".
    BeforeNumber,
}

/// A word inside numbers: "two hundred and one", "vingt et un".
pub struct Joiner {
    pub word: &'static str,
    /// The least that stands before it.
    pub least: u32,
    /// What stands before it is a multiple of this.
    pub multiple: u32,
}

/// What is counted, where that is told by a sign as well as by a word.
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
    pub weekdays: Forms,
    /// January first.
    pub months: Forms,
    /// Days told from the day of writing.
    pub relative_days: List,
    /// Where they have capitals, and may be names: "May", "Sun".
    pub capitals: Option<Capitals>,
}

/// How a day or a month is told from a name, where both have capitals.
pub struct Capitals {
    /// Short ones that are no names.
    pub sure: List,
    /// The others are days or months behind these words, or beside a number.
    pub behind: List,
}

/// Names and what stands beside them.
pub struct Names {
    /// Before names; also written small.
    pub titles: List,
    /// Who is spoken of without a name at a sentence's beginning.
    pub people: List,
    /// Endings in which the forms of a name may differ, behind what they share.
    pub endings: List,
    /// Letters that forms of a name share, at least.
    pub least: usize,
    /// Endings of plurals that look like the end of other names, and those that they may be compared with.
    pub plurals: (List, List),
    /// Abbreviations whose long form the initials do not tell, or tell of others too. Those are in capitals.
    pub abbreviations: &'static [(&'static str, List)],
}

/// Words by what a full stop behind them says. Without that full stop, and with those inside. Their case counts.
pub struct FullStops {
    /// It is never an end: titles, and words that lean on the next one.
    pub leaning: List,
    /// The same in texts of every language: names keep their titles.
    pub leaning_everywhere: List,
    /// The same for two words with white space between, the first with its full stop.
    pub spaced_leaning: &'static [(&'static str, &'static str)],
    /// Two such words that may end a sentence.
    pub spaced_closing: &'static [(&'static str, &'static str)],
    /// It is no end before a number.
    pub numbering: List,
    /// Parts of names and firms that may end a sentence, and seldom do.
    pub initial: List,
    /// Those of them that do not begin a sentence either: "Yahoo! Inc."
    pub suffixes: List,
    /// It is an end as often as not.
    pub closing: List,
    /// Ends of a time of day.
    pub clock: List,
    /// Days, months and time zones, which follow a time of day.
    pub after_clock: List,
    /// A year, behind its number.
    pub year: List,
    /// Begin a date with such a year before the rest of a sentence.
    pub dating: List,
}

/// What stands on a page beside an article.
pub struct Page {
    /// Begin such lines.
    pub phrases: List,
    /// Do so with a colon behind them; without it they may begin any sentence.
    pub labels: List,
}
