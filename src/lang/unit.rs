//! Finds the unit of a number, which is a sign or a word: per cent or a currency.

use super::{language::Language, tables::Unit};

/// Signs of units; they are the same in all languages.
const SIGNS: &[(&str, Unit)] =
    &[("%", Unit::Percent), ("$", Unit::Dollar), ("€", Unit::Euro), ("£", Unit::Pound), ("₽", Unit::Rouble)];

/// Maximum number of letters after the beginning of a unit's name.
const ENDING: usize = 3;

/// Returns the unit of a number. `before` is the character before the number and may be a currency sign; `behind` is the text
/// after it, in small letters, and may begin with a sign or a name.
pub fn unit(before: Option<char>, behind: &str) -> Unit {
    let money = SIGNS.iter().filter(|(_, unit)| *unit != Unit::Percent);
    let sign = money.into_iter().find(|(sign, _)| before.is_some_and(|before| sign.chars().eq([before])));
    let names = Language::ALL.into_iter().flat_map(|language| language.tables().numbers.units);
    sign.or_else(|| SIGNS.iter().chain(names).find(|(name, _)| behind.starts_with(name)))
        .map_or(Unit::None, |(_, unit)| *unit)
}

/// Whether a word names a unit that also has a sign.
pub fn is_unit(small: &str) -> bool {
    let mut names = Language::ALL.into_iter().flat_map(|language| language.tables().numbers.unit_words);
    names.any(|name| small.strip_prefix(name).is_some_and(|ending| ending.chars().count() <= ENDING))
}
