//! Properties of every text: its pieces tile it, and do not depend on the portions.

use proptest::prelude::*;
use triglot::lang::Language;
use triglot::text::{Format, Limits, LineBreaks, Piece, PieceKind, Splitter, TextError, split};

/// Fragments that are difficult for a splitter.
const SCRAPS: &[&str] = &[
    " ",
    "  ",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "\t",
    "\u{a0}",
    "\u{2028}",
    "\u{85}",
    "\u{feff}",
    "\0",
    "\u{200b}",
    ".",
    "...",
    "…",
    "?!",
    "! ",
    ". ",
    "«",
    "» ",
    "“",
    "”",
    "\"",
    "'",
    "(",
    ")",
    "[1]",
    "- ",
    "• ",
    "1. ",
    "1) ",
    "— ",
    "Mr. ",
    "U.S. ",
    "т. е. ",
    "г. ",
    "5 г. В ",
    "Москва",
    "été ",
    "word ",
    "The ",
    "https://example.org/a.b?c ",
    "e\u{301}",
    "\u{301}",
    "👨‍👩‍👧",
    "🇫🇷",
    "3.5",
    "; ",
    ", and ",
    "a line of ordinary width that might as well be wrapped here ",
    "\na line of ordinary width that is wrapped\nafter a word of ordinary length, in Paris\nor Rome",
    " - one",
];

/// Bytes that are invalid UTF-8, whatever follows.
const BAD: &[&[u8]] = &[b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5", b"\xe2\x28", b"\xd0"];

fn text() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        8 => prop::sample::select(SCRAPS).prop_map(str::to_owned),
        1 => any::<String>(),
        // Long enough to reach the limit of a block.
        1 => (prop::sample::select(SCRAPS), 1usize..6000).prop_map(|(scrap, times)| scrap.repeat(times)),
    ];
    prop::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.concat())
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![Just(400), 1usize..60, Just(1_000_000)]
        .prop_map(|max_segment_chars| Limits { max_segment_chars })
}

fn in_portions(
    text: &[u8],
    language: Language,
    limits: Limits,
    sizes: &[usize],
) -> Result<Vec<Piece>, TextError> {
    with_line_breaks(text, LineBreaks::Auto, language, limits, sizes)
}

fn with_line_breaks(
    text: &[u8],
    line_breaks: LineBreaks,
    language: Language,
    limits: Limits,
    sizes: &[usize],
) -> Result<Vec<Piece>, TextError> {
    let splitter = Splitter::new(Format::Plain, language, limits);
    let mut splitter = splitter.with_line_breaks(line_breaks);
    let mut pieces = Vec::new();
    let mut rest = text;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (portion, after) = rest.split_at((*size).min(rest.len()));
        splitter.push(portion, &mut pieces)?;
        rest = after;
    }
    splitter.finish(&mut pieces)?;
    Ok(pieces)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_tile_the_text_for_any_portions(
        text in text(),
        language in prop::sample::select(&Language::ALL[..]),
        limits in limits(),
        sizes in prop::collection::vec(prop_oneof![1usize..9, 1usize..40_000], 1..6),
    ) {
        let pieces = split(&text, language, limits);
        let mut offset = 0;
        for piece in &pieces {
            prop_assert_eq!(piece.start, offset as u64);
            prop_assert_eq!(&text[offset..offset + piece.text.len()], &piece.text);
            prop_assert!(!piece.text.is_empty());
            prop_assert!(piece.text.len() <= 16 * 1024);
            offset += piece.text.len();
            match piece.kind {
                PieceKind::Gap => {
                    prop_assert!(!piece.text.contains(char::is_alphanumeric));
                }
                PieceKind::Sentence(_) => {
                    prop_assert_eq!(piece.text.trim(), &piece.text);
                    prop_assert!(piece.text.contains(char::is_alphabetic));
                    prop_assert!(piece.text.chars().count() <= limits.max_segment_chars);
                }
                PieceKind::Verbatim => prop_assert_eq!(piece.text.trim(), &piece.text),
            }
        }
        prop_assert_eq!(offset, text.len());
        prop_assert_eq!(in_portions(text.as_bytes(), language, limits, &sizes), Ok(pieces));
    }

    #[test]
    fn kept_and_joined_lines_do_not_depend_on_the_portions(
        text in text(),
        language in prop::sample::select(&Language::ALL[..]),
        line_breaks in prop::sample::select(&[LineBreaks::Keep, LineBreaks::Join][..]),
        sizes in prop::collection::vec(prop_oneof![1usize..9, 1usize..40_000], 1..6),
    ) {
        let of = |sizes| with_line_breaks(text.as_bytes(), line_breaks, language, Limits::default(), sizes);
        let whole = of(&[usize::MAX]).expect("it is text");
        prop_assert_eq!(whole.iter().map(|piece| piece.text.as_str()).collect::<String>(), text.as_str());
        prop_assert_eq!(of(&sizes), Ok(whole));
    }

    #[test]
    fn the_error_has_the_offset_of_invalid_bytes(
        before in text(),
        bad in prop::sample::select(BAD),
        after in "[a-z ]{0,9}",
        sizes in prop::collection::vec(1usize..9, 1..4),
    ) {
        let bytes = [before.as_bytes(), bad, after.as_bytes()].concat();
        let error = TextError::InvalidUtf8 { offset: before.len() as u64 };
        prop_assert_eq!(in_portions(&bytes, Language::English, Limits::default(), &sizes), Err(error));
    }
}

#[test]
fn endless_runs_use_bounded_memory() {
    for unit in [
        "a",
        " ",
        "\n",
        "\r",
        "\u{301}",
        ".",
        "а. ",
        "« ",
        "Mr. A. ",
        "word ",
        "🇷🇺",
        "a\n",
        "Un mot\r\n",
        "[1]",
        "1. ",
        "- a ",
        "A line of ordinary width that might be wrapped\n",
        "or a line of ordinary width that is wrapped\n",
    ] {
        let text = unit.repeat(200_000 / unit.len());
        let mut splitter = Splitter::new(Format::Plain, Language::French, Limits::default());
        let mut pieces = Vec::new();
        let mut bytes = 0;
        for portion in text.as_bytes().chunks(4096) {
            splitter.push(portion, &mut pieces).expect("text");
            bytes += pieces.drain(..).map(|piece| piece.text.len()).sum::<usize>();
        }
        // At most a block, a gap and a portion are not emitted yet.
        assert!(text.len() - bytes <= 3 * 16 * 1024, "{unit:?} holds back {}", text.len() - bytes);
        splitter.finish(&mut pieces).expect("text");
        bytes += pieces.iter().map(|piece| piece.text.len()).sum::<usize>();
        assert_eq!(bytes, text.len(), "{unit:?}");
    }
}

#[test]
fn a_finished_paragraph_is_emitted_at_once() {
    let mut splitter = Splitter::new(Format::Plain, Language::English, Limits::default());
    let mut pieces = Vec::new();
    splitter.push(b"The ferry is late. Nobody minds.\n", &mut pieces).expect("text");
    let sentences = pieces.iter().filter(|piece| matches!(piece.kind, PieceKind::Sentence(_))).count();
    assert_eq!(sentences, 2);
}
