//! Splits any bytes in every format: the pieces must tile the document and not depend on the portions, and every mark of a sentence must
//! come back in any translation.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::fidelity::{Signs, restored};
use triglot::lang::Language;
use triglot::text::{Format, Limits, Piece, Splitter};

const FORMATS: [Format; 5] = [Format::Plain, Format::Html, Format::Xml, Format::Markdown, Format::Subtitles];

fn in_portions(text: &str, size: usize, format: Format) -> Vec<Piece> {
    let mut splitter = Splitter::new(format, Language::English, Limits::default());
    let mut pieces = Vec::new();
    for portion in text.as_bytes().chunks(size) {
        splitter.push(portion, &mut pieces).expect("it is text");
    }
    splitter.finish(&mut pieces).expect("it is text");
    pieces
}

fuzz_target!(|input: (u8, u8, String, String)| {
    let (format, size, text, target) = input;
    let format = FORMATS[usize::from(format) % FORMATS.len()];
    Format::Auto.found(text.as_bytes());
    let pieces = in_portions(&text, usize::from(size) + 1, format);
    assert_eq!(pieces, in_portions(&text, usize::MAX, format));
    assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
    for piece in &pieces {
        let Some(inline) = &piece.inline else { continue };
        let written = restored(&piece.text, inline, &target, &Signs::default()).apply(&target);
        let mut rest = written.as_str();
        for mark in &inline.marks {
            let bytes = &piece.text[mark.source.clone()];
            let at = rest.find(bytes).expect("every mark comes back in order");
            rest = &rest[at + bytes.len()..];
        }
    }
});
