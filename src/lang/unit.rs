//! What a number counts, where a sign tells it as well as a word: per cent and money.

use super::{language::Language, tables::Unit};

/// Signs of units, alike in all languages.
const SIGNS: &[(&str, Unit)] =
    &[("%", Unit::Percent), ("$", Unit::Dollar), ("€", Unit::Euro), ("£", Unit::Pound), ("₽", Unit::Rouble)];

/// Letters that may follow the beginning of a unit's name.
const ENDING: usize = 3;

/// The unit of a number between two parts of a text: `before` ends with a sign of currency, or `behind`, in small letters,
/// begins with a sign or a name.
pub fn unit(before: Option<char>, behind: &str) -> Unit {
    let money = SIGNS.iter().filter(|(_, unit)| *unit != Unit::Percent);
    let sign = money.into_iter().find(|(sign, _)| before.is_some_and(|before| sign.chars().eq([before])));
    let names = Language::ALL.into_iter().flat_map(|language| language.tables().numbers.units);
    sign.or_else(|| SIGNS.iter().chain(names).find(|(name, _)| behind.starts_with(name)))
        .map_or(Unit::None, |(_, unit)| *unit)
}

/// Whether a word names a unit that a sign may stand for.
pub fn is_unit(small: &str) -> bool {
    let mut names = Language::ALL.into_iter().flat_map(|language| language.tables().numbers.unit_words);
    names.any(|name| small.strip_prefix(name).is_some_and(|ending| ending.chars().count() <= ENDING))
}
