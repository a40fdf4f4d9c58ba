//! Translates one piece of a document. White space and text without words are copied. A sentence is read as its model needs it,
//! and its translation is written as the document needs it.

use std::{collections::HashSet, ops::Range, sync::Arc};

use super::{
    OnFailure, Request, TranslateError, Usage, marked,
    memory::{Key, Memory},
    route::{HopEngine, Route},
    sentence::{Outcome, is_too_long, job},
    terms::translate_with_terms,
    units,
    wanted::Wanted,
};
use crate::{
    engine::Prepared,
    fidelity::{Names, Reading, Warning, is_readable},
    lang::Pair,
    memory::Match,
    text::{Edits, Piece, PieceKind, Revised, split_clauses},
};

/// A piece, and what becomes of it.
pub(super) struct PreparedPiece {
    piece: Piece,
    way: Way,
}

enum Way {
    Copy(Outcome),
    Translate(Box<Sentence>),
}

impl PreparedPiece {
    fn copy(piece: Piece) -> Self {
        Self { piece, way: Way::Copy(Outcome::default()) }
    }

    /// A sentence that no model can read: better its source than what a model would make of it.
    fn unreadable(piece: Piece) -> Self {
        Self { piece, way: Way::Copy(Outcome::untranslated(Usage::default())) }
    }

    /// Where it ends in the source text.
    pub fn end(&self) -> u64 {
        self.piece.end()
    }
}

/// A sentence that is ready for the first hop.
struct Sentence {
    reading: Reading,
    wanted: Wanted,
    prepared: Prepared,
}

/// Prepares a piece for the engine. A sentence that is too long for it is split into clauses, with the white space between them.
pub(super) fn split_to_fit(
    hop: &HopEngine,
    request: &Request,
    piece: Piece,
) -> Result<Vec<PreparedPiece>, TranslateError> {
    if !matches!(piece.kind, PieceKind::Sentence(_)) {
        return Ok(vec![PreparedPiece::copy(piece)]);
    }
    let plain = piece.plain().into_owned();
    let pair = Pair { source: hop.pair.source, target: request.target };
    let reading = Reading::new(pair, &plain);
    if !is_readable(reading.text()) {
        return Ok(vec![PreparedPiece::unreadable(piece)]);
    }
    let job = job(hop, &marked::asking(request, &piece), reading.text().to_owned());
    match hop.engine.prepare(job) {
        Ok(prepared) if prepared.is_dense() => return Ok(vec![PreparedPiece::unreadable(piece)]),
        Ok(prepared) => {
            let wanted = Wanted::new(&request.terms, pair, reading.text());
            let way = Way::Translate(Box::new(Sentence { reading, wanted, prepared }));
            return Ok(vec![PreparedPiece { piece, way }]);
        }
        Err(error) if is_too_long(&error, &plain) => {}
        Err(error) => return Err(error.into()),
    }
    let gap = |range: Range<usize>| Piece {
        start: piece.start + range.start as u64,
        text: piece.text[range].to_owned(),
        kind: PieceKind::Gap,
        inline: None,
    };
    let mut pieces = Vec::new();
    let mut end = 0;
    let mut ranges = split_clauses(&plain, plain.chars().count().div_ceil(2));
    if let Some(inline) = &piece.inline {
        ranges = inline.whole(&ranges);
    }
    if ranges.len() < 2 {
        // Nearly all of it is kept.
        return Ok(vec![PreparedPiece::copy(piece)]);
    }
    for range in ranges {
        let (bytes, inline) = match &piece.inline {
            None => (range, None),
            Some(inline) => {
                let (bytes, inline) = inline.slice(range, end);
                (bytes, Some(Box::new(inline)))
            }
        };
        if bytes.start > end {
            pieces.extend(split_to_fit(hop, request, gap(end..bytes.start))?);
        }
        end = bytes.end;
        pieces.extend(split_to_fit(hop, request, Piece { kind: piece.kind, inline, ..gap(bytes) })?);
    }
    if end < piece.text.len() {
        pieces.extend(split_to_fit(hop, request, gap(end..piece.text.len()))?);
    }
    Ok(pieces)
}

/// The translation of a piece, before [`Translated::finished`].
pub(super) struct Translated {
    pub text: String,
    /// The source text.
    raw: String,
    /// Byte range in the source text.
    pub source: Range<u64>,
    /// `None` for white space.
    pub outcome: Option<Outcome>,
    /// Units of the memory.
    pub matches: Vec<Match>,
    /// What a model has written; `None` for a copy, and for the words of a person.
    draft: Option<Draft>,
}

/// A sentence and its translation without the marks of the document.
struct Draft {
    source: String,
    target: String,
    /// The edits that make the text of the document from `target`.
    marks: Edits,
}

impl Translated {
    /// Mends the names, which needs the sentences before this one, and keeps back a translation with findings if the request says so.
    ///
    /// # Errors
    /// When the request refuses a translation with findings.
    pub fn finished(
        mut self,
        request: &Request,
        pair: Pair,
        names: &mut Names,
    ) -> Result<Self, TranslateError> {
        let Some(outcome) = &mut self.outcome else { return Ok(self) };
        if let Some(draft) = &self.draft {
            let edits = draft.named(pair, outcome, names);
            self.text = edits.apply(&self.text);
            outcome.place(|range| range, |range| edits.forward(range));
        }
        match request.on_failure {
            _ if outcome.findings.is_empty() => {}
            OnFailure::Fail => {
                let warnings = outcome.findings.iter().map(|finding| finding.warning).collect();
                return Err(TranslateError::Doubtful { place: self.source, warnings });
            }
            OnFailure::Source if !outcome.is_untranslated() => {
                *outcome = std::mem::take(outcome).withdrawn();
                self.text = std::mem::take(&mut self.raw);
            }
            OnFailure::Source | OnFailure::Flag => {}
        }
        Ok(self)
    }
}

impl Draft {
    /// The edits that mend the names in the text of the document. The caller's terms and the marks stay as they are.
    fn named(&self, pair: Pair, outcome: &mut Outcome, names: &mut Names) -> Edits {
        let terms: Vec<&str> = outcome.terms.iter().map(|used| used.term.source.as_str()).collect();
        let mended = names.mend(pair, &self.source, &self.target, &terms);
        outcome.findings.extend(mended.findings);
        outcome.findings.sort_unstable();
        let kept = |range: &Range<usize>| {
            self.marks.iter().any(|mark| mark.range.start < range.end && range.start < mark.range.end)
        };
        let edits = mended.edits.iter().filter(|edit| !kept(&edit.range));
        edits.map(|edit| (self.marks.forward(edit.range.clone()), edit.with.clone())).collect()
    }
}

/// Translates a piece that [`split_to_fit`] returned for the first hop.
pub(super) async fn translate(
    route: Route,
    request: Arc<Request>,
    memory: Memory,
    piece: PreparedPiece,
) -> Result<Translated, TranslateError> {
    let PreparedPiece { piece, way } = piece;
    let source = piece.start..piece.end();
    let Sentence { reading, wanted, prepared } = match way {
        Way::Translate(sentence) => *sentence,
        Way::Copy(outcome) => {
            let outcome = (piece.kind != PieceKind::Gap).then_some(outcome);
            let (text, raw, matches) = (piece.text, String::new(), Vec::new());
            return Ok(Translated { text, raw, source, outcome, matches, draft: None });
        }
    };
    let plain = piece.plain().into_owned();
    let pair = Pair { source: route[0].pair.source, target: request.target };
    let units::Found { matches, translation: known } =
        units::find(&memory, request.matches, pair, &plain, &reading, &wanted).await;
    let is_known = known.is_some();
    let asking = marked::asking(&request, &piece);
    let key = Key::new(&route, &asking, &wanted, reading.text());
    let translate = || translate_with_terms(&route, &asking, &wanted, prepared.clone());
    let (translation, mut outcome) = match known {
        Some((translation, outcome)) => (Some(translation), outcome),
        None => memory.recall(key, translate).await?,
    };
    let low = outcome.score.zip(request.min_score).is_some_and(|(score, least)| score < least);
    outcome.findings.extend(low.then(|| Warning::LowScore.into()));
    let is_copy = translation.as_deref().map(str::trim) == Some(reading.text().trim());
    let written = translation.map(|translation| match is_known {
        // A person has written it.
        true => (Revised::new(translation), Vec::new()),
        false => reading.written(translation, request.typography),
    });
    let mut draft = None;
    let text = match written {
        None => piece.text.clone(),
        // A copy is not written anew: names and numbers keep their bytes.
        Some(_) if is_copy && piece.inline.is_none() => {
            outcome.place(|range| reading.back(range), |range| reading.back(range));
            piece.text.clone()
        }
        Some((written, findings)) => {
            if !is_copy {
                outcome.findings.extend(findings);
            }
            outcome.place(|range| reading.back(range), |range| written.forward(range));
            for alternative in &mut outcome.alternatives {
                let text = std::mem::take(&mut alternative.text);
                alternative.text = reading.written(text, request.typography).0.into_text();
            }
            let target = written.into_text();
            let marks = match &piece.inline {
                None => Edits::default(),
                Some(inline) => {
                    let sentence = marked::Sentence { raw: &piece.text, inline, is_copy };
                    let way = marked::Way { route: &route, request: &request, memory: &memory };
                    marked::restored(way, sentence, &target, &mut outcome).await?
                }
            };
            let text = marks.apply(&target);
            // Hypotheses that differ only before the rules of typography are one translation.
            let mut seen = HashSet::from([text.clone()]);
            outcome.alternatives.retain(|other| seen.insert(other.text.clone()));
            draft = (!is_known && !is_copy).then_some(Draft { source: plain, target, marks });
            text
        }
    };
    Ok(Translated { text, raw: piece.text, source, outcome: Some(outcome), matches, draft })
}

/// Translates words on their own: those of a tag, or the value of an attribute.
pub(super) async fn alone(
    route: &[HopEngine],
    request: &Request,
    memory: &Memory,
    words: &str,
    usage: &mut Usage,
) -> Result<String, TranslateError> {
    let request = Request { alternatives: 0, alignments: false, ..request.clone() };
    let pair = Pair { source: route[0].pair.source, target: request.target };
    let reading = Reading::new(pair, words);
    if !is_readable(reading.text()) {
        return Ok(words.to_owned());
    }
    let prepared = match route[0].engine.prepare(job(&route[0], &request, reading.text().to_owned())) {
        Ok(prepared) => prepared,
        Err(error) if is_too_long(&error, words) => return Ok(words.to_owned()),
        Err(error) => return Err(error.into()),
    };
    let wanted = Wanted::new(&request.terms, pair, reading.text());
    let key = Key::new(route, &request, &wanted, reading.text());
    let translate = || translate_with_terms(route, &request, &wanted, prepared.clone());
    let (translation, outcome) = memory.recall(key, translate).await?;
    *usage += outcome.usage;
    let changed = translation.filter(|translation| translation != reading.text());
    let written = changed.map(|translation| reading.written(translation, request.typography).0.into_text());
    Ok(written.unwrap_or_else(|| words.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Language;

    /// A sentence whose translation has marks at the places of insertions.
    fn translated(source: &str, target: &str, marks: &[(usize, &str)]) -> Translated {
        let marks: Edits = marks.iter().map(|(at, mark)| (*at..*at, (*mark).to_owned())).collect();
        Translated {
            text: marks.apply(target),
            raw: source.to_owned(),
            source: 0..source.len() as u64,
            outcome: Some(Outcome::default()),
            matches: Vec::new(),
            draft: Some(Draft { source: source.to_owned(), target: target.to_owned(), marks }),
        }
    }

    fn request(on_failure: OnFailure) -> (Request, Pair) {
        let request = Request { on_failure, ..Request::new(Some(Language::Russian), Language::English) };
        (request, Pair { source: Language::Russian, target: Language::English })
    }

    #[test]
    fn a_name_is_mended_between_its_tags() {
        let (request, pair) = request(OnFailure::Flag);
        let mut names = Names::default();
        let first =
            translated("Приехал Геннадий Щербаков.", "Gennady Shevkov came.", &[(8, "<b>"), (15, "</b>")]);
        let first = first.finished(&request, pair, &mut names).unwrap();
        assert_eq!(first.text, "Gennady <b>Shcherbakov</b> came.");
        // The next sentence has the name of the first one.
        let next = translated("Щербаков опоздал.", "Schröder was late.", &[(0, "<p>")]);
        assert_eq!(next.finished(&request, pair, &mut names).unwrap().text, "<p>Shcherbakov was late.");
    }

    #[test]
    fn a_word_with_a_tag_inside_stays() {
        let (request, pair) = request(OnFailure::Flag);
        let text = translated("Приехал Геннадий Щербаков.", "Gennady Shevkov came.", &[(11, "<wbr>")]);
        let text = text.finished(&request, pair, &mut Names::default()).unwrap().text;
        assert_eq!(text, "Gennady She<wbr>vkov came.");
    }

    #[test]
    fn a_lost_name_keeps_the_source_if_the_caller_wants_that() {
        let source = "Приехал Поль Лашом.";
        let lost = || translated(source, "Paul Lampeo came.", &[]);
        let (flag, pair) = request(OnFailure::Flag);
        let flagged = lost().finished(&flag, pair, &mut Names::default()).unwrap();
        assert_eq!(flagged.outcome.unwrap().findings[0].warning, Warning::NameLost);
        let (keep, _) = request(OnFailure::Source);
        assert_eq!(lost().finished(&keep, pair, &mut Names::default()).unwrap().text, source);
        let (fail, _) = request(OnFailure::Fail);
        assert!(lost().finished(&fail, pair, &mut Names::default()).is_err());
    }
}
