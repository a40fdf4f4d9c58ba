//! Reads any sentence as a model reads it, and writes any output for it: offsets stay inside, letters stay in order, spans come back,
//! and names are compared.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::{
    fidelity::{
        Names, Reading, Typography,
        protect::{core_parts, masked, mend, parts, protect, unmasked},
        typography,
    },
    lang::Pair,
};

fuzz_target!(|input: (u8, String, String)| {
    let (direction, source, output) = input;
    let Some(pair) = Pair::all().nth(usize::from(direction) % 6) else { return };
    let reading = Reading::new(pair, &source);
    assert!(reading.back(0..reading.text().len()).end <= source.len());
    let _ = reading.written(output.clone(), Typography::Target);
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let set = typography(pair, &source, &output).0.apply(&output);
    assert_eq!(letters(&set), letters(&output));
    let mut names = Names::default();
    for _ in 0..2 {
        let _ = names.mend(pair, &source, &output, &[]).edits.apply(&output);
    }
    let spans = protect(&source, &[]);
    for range in core_parts(pair.source, &source, &spans).into_iter().chain(parts(&source, &spans)) {
        assert!(source.is_char_boundary(range.start) && source.is_char_boundary(range.end));
    }
    let (edits, words) = masked(&source, &spans);
    let restored =
        unmasked(&source, &spans, &words, &edits.apply(&source)).expect("each stand-in is there once");
    assert_eq!(restored.apply(&edits.apply(&source)), source);
    if let Some(edits) = mend(&source, &spans, &output) {
        let mended = edits.apply(&output);
        assert!(spans.iter().all(|span| mended.contains(&source[span.place.clone()])));
    }
});
