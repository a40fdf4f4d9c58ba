//! Translates a text with one model and keeps the parts that are the same in every language: addresses, placeholders, ids.
//!
//! The edges of a text are cut off. Inside, short words stand in for the spans. If the model loses one of these, it reads the spans
//! themselves, and a rule mends what it bends. If a span is lost there too, the text is cut around the spans: the last way cannot
//! lose anything.

use std::ops::Range;

use super::{
    Alternative, TranslateError, Usage,
    hop::translate_hop,
    sentence::{Outcome, is_too_long, shifted},
    wanted::Wanted,
};
use crate::{
    engine::{Engine, EngineError, Job, Prepared},
    fidelity::{
        self, Finding, Warning,
        protect::{Protected, core_parts, masked, mend, parts, protect, unmasked},
    },
    text::Edits,
};

/// Translates a text, with its protected spans in the translation.
pub(super) async fn translate_protected(
    engine: &Engine,
    wanted: &Wanted,
    prepared: Prepared,
) -> Result<(String, Outcome), TranslateError> {
    let spans = protect(&prepared.job().text, &wanted.kept(&prepared.job().text));
    if spans.is_empty() {
        return translate_hop(engine, wanted, prepared).await;
    }
    let text = prepared.job().text.clone();
    let cores = core_parts(prepared.job().pair.source, &text, &spans);
    if matches!(&cores[..], [core] if *core == (0..text.len())) {
        return translate_core(engine, wanted, prepared, &spans).await;
    }
    translate_parts(engine, wanted, prepared.job(), &cores, &spans).await
}

/// Translates parts of a text and copies what is between them. A part keeps the spans inside of it.
async fn translate_parts(
    engine: &Engine,
    wanted: &Wanted,
    job: &Job,
    ranges: &[Range<usize>],
    spans: &[Protected],
) -> Result<(String, Outcome), TranslateError> {
    let mut outcome = Outcome::default();
    let (mut text, mut end) = (String::new(), 0);
    let whole = ranges.len() == 1;
    for range in ranges {
        let between = &job.text[end..range.start];
        text.push_str(between);
        let alternatives = if whole { job.alternatives } else { 0 };
        let part = Job { text: job.text[range.clone()].to_owned(), alternatives, ..job.clone() };
        let inner: Vec<Protected> = spans.iter().filter_map(|span| within(span, range)).collect();
        let (translation, mut found) = match engine.prepare(part) {
            Ok(prepared) => translate_core(engine, wanted, prepared, &inner).await?,
            // A part is never longer than the whole, but a tokenizer may need more tokens for its edge.
            Err(error) if is_too_long(&error, &job.text[range.clone()]) => {
                (job.text[range.clone()].to_owned(), Outcome::untranslated(Usage::default()))
            }
            Err(error) => return Err(EngineError::into(error)),
        };
        let (before, written) = (range.start as u64, text.len() as u64);
        let links = std::mem::take(&mut found.alignments);
        outcome.alignments.extend(links.into_iter().map(|link| shifted(link, before, written)));
        let after = &job.text[range.end..];
        let around =
            |other: Alternative| Alternative { text: format!("{between}{}{after}", other.text), ..other };
        outcome.alternatives = std::mem::take(&mut found.alternatives).into_iter().map(around).collect();
        text.push_str(&translation);
        outcome.add(found);
        end = range.end;
    }
    text.push_str(&job.text[end..]);
    Ok((text, outcome))
}

/// Translates a text whose spans are all inside of it.
async fn translate_core(
    engine: &Engine,
    wanted: &Wanted,
    prepared: Prepared,
    spans: &[Protected],
) -> Result<(String, Outcome), TranslateError> {
    if spans.is_empty() {
        return translate_hop(engine, wanted, prepared).await;
    }
    let job = prepared.job().clone();
    let (edits, words) = masked(&job.text, spans);
    let mut usage = Usage::default();
    if let Ok(prepared) = engine.prepare(Job { text: edits.apply(&job.text), ..job.clone() }) {
        let (text, mut outcome) = translate_hop(engine, wanted, prepared).await?;
        let restored = unmasked(&job.text, spans, &words, &text).filter(|_| !outcome.is_untranslated());
        if let Some(restored) = restored {
            outcome.place(|range| edits.back(range), |range| range);
            outcome.alternatives.retain_mut(|other| {
                let restored = unmasked(&job.text, spans, &words, &other.text);
                restored.map(|edits| other.text = edits.apply(&other.text)).is_some()
            });
            return Ok(mended(&job, text, outcome, &restored));
        }
        usage += outcome.usage;
    }
    let (text, mut outcome) = translate_hop(engine, wanted, prepared).await?;
    outcome.usage += usage;
    if outcome.is_untranslated() {
        return Ok((text, outcome));
    }
    if let Some(edits) = mend(&job.text, spans, &text) {
        return Ok(mended(&job, text, outcome, &edits));
    }
    let usage = outcome.usage;
    let (text, mut outcome) =
        Box::pin(translate_parts(engine, wanted, &job, &parts(&job.text, spans), &[])).await?;
    outcome.usage += usage;
    outcome.alternatives.clear();
    Ok((text, outcome))
}

/// A translation after a repair, with the findings that it has now.
fn mended(job: &Job, text: String, mut outcome: Outcome, edits: &Edits) -> (String, Outcome) {
    if edits.is_empty() {
        return (text, outcome);
    }
    let text = edits.apply(&text);
    outcome.place(|range| range, |range| edits.forward(range));
    let of_search = |finding: &Finding| matches!(finding.warning, Warning::Repetition | Warning::LengthLimit);
    outcome.findings.retain(of_search);
    outcome.findings.extend(fidelity::findings(job.pair, &job.text, &text));
    (text, outcome)
}

/// A span of a text in a part of it.
fn within(span: &Protected, part: &Range<usize>) -> Option<Protected> {
    let inside = part.start <= span.place.start && span.place.end <= part.end;
    inside.then(|| Protected {
        place: span.place.start - part.start..span.place.end - part.start,
        kind: span.kind,
    })
}
