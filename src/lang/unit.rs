//! What a number counts, where a sign tells it as well as a word: per cent and money.

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

/// The signs and the beginnings of words that name a unit.
#[rustfmt::skip]
pub const UNITS: &[(&str, Unit)] = &[
    ("%", Unit::Percent), ("percent", Unit::Percent), ("per cent", Unit::Percent), ("pour cent", Unit::Percent),
    ("pct", Unit::Percent), ("процент", Unit::Percent), ("$", Unit::Dollar), ("dollar", Unit::Dollar),
    ("доллар", Unit::Dollar), ("долл", Unit::Dollar), ("€", Unit::Euro), ("euro", Unit::Euro), ("евро", Unit::Euro),
    ("d'euro", Unit::Euro), ("d’euro", Unit::Euro), ("£", Unit::Pound), ("pound", Unit::Pound), ("livre", Unit::Pound),
    ("фунт", Unit::Pound), ("₽", Unit::Rouble), ("rouble", Unit::Rouble), ("ruble", Unit::Rouble),
    ("рубл", Unit::Rouble), ("руб", Unit::Rouble),
];

/// Whether a word names a unit that a sign may stand for. A pound and a livre may be something else.
pub fn is_unit(small: &str) -> bool {
    ["percent", "pct", "процент", "dollar", "доллар", "euro", "евро", "рубл", "rouble", "ruble"]
        .iter()
        .any(|name| small.strip_prefix(name).is_some_and(|ending| ending.chars().count() <= 3))
}
