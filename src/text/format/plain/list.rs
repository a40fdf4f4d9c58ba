//! Finds the items of a list that is written in one line: "- first - second - third".

use std::ops::Range;

use crate::text::is_blank;

/// The least items of a line that begins with a marker, and of a line that does not.
const MARKED: usize = 4;
const UNMARKED: usize = 5;
/// A shorter line is one item, with dashes inside.
const LONG: usize = 100;

/// The items of a line: byte ranges that tile `text`. `marker` is the length of the marker of the first item, which begins the
/// text after white space; `None` if the line is not such a list.
pub(super) fn items(text: &str, marker: usize) -> Option<Vec<Range<usize>>> {
    let body = text.trim_matches(is_blank);
    let first = text.len() - text.trim_start_matches(is_blank).len();
    if body.chars().take(LONG).count() < LONG || body.contains(['\n', '\r']) {
        return None;
    }
    let sign = if marker > 0 { body[..marker].chars().next()? } else { separator(body)? };
    if !matches!(sign, '-' | '•' | '*' | '·' | '▪' | '●' | '■') {
        return None;
    }
    let (mut starts, mut depth) = (vec![0], 0usize);
    let mut previous = ' ';
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        match c {
            '(' | '[' | '«' | '“' => depth += 1,
            ')' | ']' | '»' | '”' => depth = depth.saturating_sub(1),
            _ if c == sign && depth == 0 && at > first => {
                let spaced = is_blank(previous) && letters.peek().is_some_and(|(_, next)| is_blank(*next));
                starts.extend(spaced.then_some(at));
            }
            _ => {}
        }
        previous = c;
    }
    let least = if marker > 0 { MARKED } else { UNMARKED };
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let items = starts.iter().zip(ends).map(|(start, end)| *start..end);
    (starts.len() >= least).then(|| items.collect())
}

/// The sign between the items of a line without a marker. Prose has stops and few spaced hyphens.
fn separator(body: &str) -> Option<char> {
    let prose = body.contains(". ") || body.ends_with('.');
    ['•', '-', '·', '▪', '●', '■'].into_iter().find(|sign| {
        let spaced = body.split(*sign).count().saturating_sub(1);
        spaced + 1 >= UNMARKED && !(prose && *sign == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_items_of_a_long_line_tile_it() {
        let line = "- added a reader of modules - added (as before - or so) a printer - better tracker of promises - bug fixes\n";
        let items = items(line, 1).expect("a list");
        assert_eq!(items.len(), 4);
        assert_eq!(items.iter().map(|item| &line[item.clone()]).collect::<String>(), line);
        assert!(line[items[1].clone()].starts_with("- added (as before"));
    }

    #[test]
    fn prose_with_dashes_is_no_list() {
        for (line, marker) in [
            (
                "- The mayor - who had come back from the islands that very week - left the hall of the council without a word",
                1,
            ),
            (
                "The line from the old port - Paris - Lyon - Nice - is closed. The line from the new port - Rome - is open as before.",
                0,
            ),
            ("- one - two - three - four - five", 1),
        ] {
            assert_eq!(items(line, marker), None, "{line}");
        }
    }
}
