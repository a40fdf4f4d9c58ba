//! Dashes, and the spaces around marks.

use super::{NARROW, NO_BREAK, is_space, visible_after, visible_before};
use crate::lang::{Language, Pair};

/// The output with the dashes of the target: Russian has an em dash, the others that of the source.
pub(super) fn dashes(pair: Pair, source: &str, output: String) -> String {
    let dash = match (pair.target, first_dash(source)) {
        (Language::Russian, _) => '—',
        (_, Some(dash)) => dash,
        (_, None) => return output,
    };
    let is_dialogue = source.starts_with(['—', '–']);
    let mut text = String::with_capacity(output.len() + 8);
    let mut at = 0;
    while let Some(start) = output[at..].find(is_dash).map(|start| at + start) {
        let end = output[start..].find(|c| !is_dash(c)).map_or(output.len(), |end| start + end);
        let written = &output[start..end];
        let (before, after) = (&output[..start], &output[end..]);
        let spaced = before.ends_with(is_space) && after.starts_with(is_space);
        let is_long = written == "—" || written == "--" || written == "―";
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let numbers = digit(visible_before(&output, start)) && digit(visible_after(&output, end));
        let single = written == "--" || written.chars().nth(1).is_none();
        text.push_str(&output[at..start]);
        at = end;
        if before.trim().is_empty() {
            // A line of dialogue begins with a dash; a hyphen may be the mark of a list.
            match is_dialogue && single && after.starts_with(is_space) {
                true => text.push(dash),
                false => text.push_str(written),
            }
        } else if numbers || !single || !(spaced || is_long) || !after.contains(char::is_alphanumeric) {
            text.push_str(written);
        } else {
            let joined = is_long && !spaced && pair.target == Language::English;
            text.truncate(text.trim_end().len());
            if !joined {
                text.push(if pair.target == Language::Russian { NO_BREAK } else { ' ' });
            }
            text.push(dash);
            if !joined {
                text.push(' ');
                at += after.len() - after.trim_start().len();
            }
        }
    }
    text.push_str(&output[at..]);
    text
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '―' | '‒')
}

/// The first dash of a text that is no hyphen.
fn first_dash(text: &str) -> Option<char> {
    let spaced = |at: usize, c: char| {
        text[..at].ends_with(is_space) || text[at + c.len_utf8()..].starts_with(is_space)
    };
    text.char_indices().find(|(at, c)| *c == '—' || (*c == '–' && spaced(*at, *c))).map(|(_, c)| c)
}

/// The output with the spaces that the target has before punctuation and signs.
pub(super) fn spaces(target: Language, output: &str) -> String {
    let mut text = String::with_capacity(output.len() + 8);
    let characters = output.char_indices().peekable();
    for (at, c) in characters {
        let end = at + c.len_utf8();
        let next = output[end..].chars().next();
        let before = text.trim_end().chars().next_back();
        let is_spaced = text.ends_with(is_space);
        match (c, before) {
            (_, None) => text.push(c),
            (':' | ';' | '!' | '?', Some(before))
                if next.is_none_or(|c| !c.is_alphanumeric() && c != '/') =>
            {
                let joins = matches!(before, '!' | '?' | '(' | '[' | '{' | '.' | ':' | ';') && !is_spaced;
                let opened = matches!(before, '(' | '[');
                if !(joins || opened || c == ':' && is_ratio(before, &output[end..], is_spaced)) {
                    text.truncate(text.trim_end().len());
                    match (target, c) {
                        (Language::French, ':') => text.push(NO_BREAK),
                        (Language::French, _) => text.push(NARROW),
                        _ => {}
                    }
                }
                text.push(c);
            }
            (',' | '.', Some(before)) if is_spaced => {
                let free = next.is_none_or(|c| is_space(c) || matches!(c, '"' | '»' | '”' | '“' | ')'));
                if free && before != '.' {
                    text.truncate(text.trim_end().len());
                }
                text.push(c);
            }
            ('%' | '‰', Some('0'..='9')) => {
                text.truncate(text.trim_end().len());
                if target != Language::English {
                    text.push(NO_BREAK);
                }
                text.push(c);
            }
            ('€' | '$' | '£' | '₽' | '°', Some('0'..='9'))
                if text.ends_with(' ') && target != Language::English =>
            {
                text.pop();
                text.push(NO_BREAK);
                text.push(c);
            }
            // One space where a mark was removed.
            (' ', _) if text.ends_with(' ') => {}
            _ => text.push(c),
        }
    }
    text.truncate(text.trim_end_matches(' ').len().max(text.trim_end().len()));
    text
}

/// Whether a colon stands between the numbers of a score: 3 : 1.
fn is_ratio(before: char, after: &str, is_spaced: bool) -> bool {
    let digit = after.trim_start().starts_with(|c: char| c.is_ascii_digit());
    before.is_ascii_digit() && digit && (is_spaced || !after.starts_with(is_space))
}
