//! The classes of traps, with the share of right translations below which no change may bring them.

use super::judge::Rule;

/// A class of traps.
pub struct Class {
    pub name: &'static str,
    /// A rule can know the right answer; the others need a good model.
    pub is_decidable: bool,
    pub rule: Rule,
    /// Least share of right translations in percent. Another processor may round another way, so one or two fewer than were
    /// measured are enough.
    pub floor: usize,
}

const fn decidable(name: &'static str, rule: Rule, floor: usize) -> Class {
    Class { name, is_decidable: true, rule, floor }
}

const fn open(name: &'static str, rule: Rule, floor: usize) -> Class {
    Class { name, is_decidable: false, rule, floor }
}

/// All classes, in the order of the table.
pub const CLASSES: &[Class] = &[
    decidable("url", Rule::Line, 94),
    decidable("domain", Rule::Line, 94),
    decidable("email", Rule::Line, 94),
    decidable("handle", Rule::Line, 94),
    decidable("hashtag", Rule::Line, 94),
    open("emoji", Rule::Line, 76),
    decidable("file-name", Rule::Line, 94),
    decidable("placeholder", Rule::Line, 94),
    decidable("code-span", Rule::Line, 94),
    decidable("iso-date", Rule::Line, 94),
    decidable("id", Rule::Line, 94),
    decidable("number", Rule::Line, 94),
    decidable("scale", Rule::Line, 94),
    decidable("currency", Rule::Line, 94),
    decidable("percent", Rule::Line, 94),
    decidable("unit", Rule::Line, 94),
    decidable("ordinal", Rule::Line, 94),
    decidable("weekday", Rule::Line, 94),
    decidable("month-date", Rule::Line, 94),
    decidable("time", Rule::Line, 94),
    open("negation", Rule::Line, 74),
    open("half-left", Rule::Script, 69),
    open("quotes", Rule::Quotes, 71),
    open("end-mark", Rule::End, 71),
    open("caps", Rule::Capitals, 71),
    open("invisible", Rule::Visible, 88),
    open("lines", Rule::Lines, 71),
    decidable("html-tag", Rule::Line, 94),
    open("html-attribute", Rule::Line, 60),
    open("markdown", Rule::Line, 71),
    open("name", Rule::Line, 60),
    decidable("already-target", Rule::Unchanged, 94),
];

/// Least share of right translations in all decidable classes together, in percent.
pub const DECIDABLE_FLOOR: usize = 98;

/// Classes in which each wrong translation must have a warning.
pub const NEVER_SILENT: &[&str] =
    &["number", "scale", "currency", "percent", "weekday", "url", "domain", "email", "html-tag"];
