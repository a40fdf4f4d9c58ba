//! Splits any bytes in any portions: the pieces must tile the text and not depend on the portions.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::lang::Language;
use triglot::text::{Format, Limits, LineBreaks, Piece, Splitter, TextError, split};

fn in_portions(
    bytes: &[u8],
    size: usize,
    language: Language,
    limits: Limits,
    line_breaks: LineBreaks,
) -> Result<Vec<Piece>, TextError> {
    let mut splitter = Splitter::new(Format::Plain, language, limits).with_line_breaks(line_breaks);
    let mut pieces = Vec::new();
    for portion in bytes.chunks(size) {
        splitter.push(portion, &mut pieces)?;
    }
    splitter.finish(&mut pieces)?;
    Ok(pieces)
}

fuzz_target!(|input: (u8, u8, u8, Vec<u8>)| {
    let (language, size, limit, bytes) = input;
    let line_breaks = [LineBreaks::Auto, LineBreaks::Keep, LineBreaks::Join]
        [usize::from(language) / Language::ALL.len() % 3];
    let language = Language::ALL[usize::from(language) % Language::ALL.len()];
    let limits = Limits { max_segment_chars: usize::from(limit) };
    let pieces = in_portions(&bytes, usize::from(size) + 1, language, limits, line_breaks);
    let Ok(text) = std::str::from_utf8(&bytes) else {
        assert!(matches!(pieces, Err(TextError::InvalidUtf8 { .. })));
        return;
    };
    let whole = match line_breaks {
        LineBreaks::Auto => split(text, language, limits),
        _ => in_portions(&bytes, usize::MAX, language, limits, line_breaks).expect("the text is UTF-8"),
    };
    let mut offset = 0;
    for piece in &whole {
        assert_eq!(piece.start, offset);
        offset += piece.text.len() as u64;
    }
    assert_eq!(whole.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
    assert_eq!(pieces, Ok(whole));
});
