//! What a job writes: a feed for a feed, lines for lines, a file for a file, in each language.

use std::path::{Path, PathBuf};

use super::{
    FeedError,
    journal::Finished,
    place::Place,
    sink::Sink,
    source::{Form, Item, Opened, with_end},
};
use crate::{
    article::{Text, Texts, Translated},
    lang::Language,
    text::Format,
};

/// Writes what becomes of the articles, input by input.
pub struct Output {
    place: Place,
    targets: Vec<Language>,
    /// Whether everything becomes JSON Lines.
    lines: bool,
    /// One file for the lines of all inputs.
    all: Option<Sink>,
    /// Whether an input was opened.
    is_begun: bool,
    open: Option<Open>,
    /// Whether something was written that takes its whole place.
    is_taken: bool,
}

/// The input whose articles come.
struct Open {
    name: PathBuf,
    form: Form,
    /// In the order of the languages.
    languages: Vec<Half>,
}

/// What an input becomes in one language.
#[derive(Default)]
struct Half {
    sink: Option<Sink>,
    /// The entries of a feed so far.
    entries: Vec<Option<Texts>>,
}

impl Output {
    pub fn new(place: Place, targets: Vec<Language>, lines: bool) -> Self {
        Self { place, targets, lines, all: None, is_begun: false, open: None, is_taken: false }
    }

    /// The articles of this input follow.
    ///
    /// # Errors
    /// When its output would have the same place as another one.
    pub(super) fn open(&mut self, Opened { name, form, .. }: Opened) -> Result<(), FeedError> {
        if matches!(self.place, Place::Nowhere) {
            return Ok(());
        }
        let form = if self.lines { Form::Lines } else { form };
        if !self.place.is_folder() {
            let takes = !matches!(form, Form::Lines);
            if self.is_taken || (takes && (self.targets.len() > 1 || self.is_begun)) {
                return Err(FeedError::NeedsFolder);
            }
            self.is_taken = takes;
        }
        self.is_begun = true;
        // Two inputs may differ only in their ends.
        let name = if self.lines && name.extension().is_none_or(|end| end != "jsonl") {
            with_end(name, "jsonl")
        } else {
            name
        };
        let languages = self.targets.iter().map(|_| Half::default()).collect();
        self.open = Some(Open { name, form, languages });
        Ok(())
    }

    /// An article of the open input in all languages, in their order.
    pub(super) async fn article(&mut self, item: &Item, results: &[Finished]) -> Result<(), FeedError> {
        let Some(Open { name, form, languages }) = &mut self.open else { return Ok(()) };
        for ((half, target), result) in languages.iter_mut().zip(&self.targets).zip(results) {
            match form {
                Form::Feed(_) => {
                    let texts = item.article.as_ref().ok().zip(result.as_ref().ok());
                    half.entries.push(texts.map(|(article, result)| texts_of(result, &article.texts)));
                }
                // The heading of a feed is no article.
                Form::Lines if item.is_heading => {}
                Form::Lines => {
                    let sink = if self.place.is_folder() { &mut half.sink } else { &mut self.all };
                    let sink = match sink {
                        Some(sink) => sink,
                        None => sink.insert(Sink::new(&self.place, name, *target)?),
                    };
                    let Some(line) = item.translated(*target, result) else { continue };
                    sink.write(line.as_bytes()).await?;
                    sink.write(b"\n").await?;
                }
                Form::File => {
                    // A file that failed has no translation to write; the list of failures has it.
                    let Ok(Translated { texts, summary, .. }) = result else { continue };
                    let body = texts.body.as_ref().map(|body| &body.text);
                    if let Some(text) = body.or(summary.as_ref().map(|summary| &summary.text)) {
                        let mut sink = Sink::new(&self.place, name, *target)?;
                        sink.write(text.as_bytes()).await?;
                        sink.finish().await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// All articles of the open input were there.
    pub(super) async fn close(&mut self) -> Result<(), FeedError> {
        let Some(Open { name, form, languages }) = self.open.take() else { return Ok(()) };
        for (half, target) in languages.into_iter().zip(&self.targets) {
            if let Form::Feed(document) = &form {
                let mut sink = Sink::new(&self.place, &name, *target)?;
                sink.write(&document.render(*target, &half.entries)).await?;
                sink.finish().await?;
            }
            if let Some(sink) = half.sink {
                sink.finish().await?;
            }
        }
        Ok(())
    }

    /// Passes on what is ready.
    pub(super) fn flush(&mut self) -> Result<(), FeedError> {
        self.all.as_mut().map_or(Ok(()), Sink::flush)
    }

    /// All inputs were there.
    pub(super) async fn finish(&mut self) -> Result<(), FeedError> {
        // Without an article, an empty file says so.
        if self.lines && self.all.is_none() && self.place.is_file() {
            self.all = Some(Sink::new(&self.place, Path::new(""), self.targets[0])?);
        }
        match self.all.take() {
            Some(sink) => sink.finish().await,
            None => Ok(()),
        }
    }

    /// Forgets what is not whole.
    pub async fn abandon(&mut self) {
        let open = self.open.take().into_iter().flat_map(|open| open.languages).filter_map(|half| half.sink);
        for sink in self.all.take().into_iter().chain(open) {
            sink.abandon().await;
        }
    }
}

/// The texts of an entry in another language. A summary that was made in place of the lead and the body takes their places.
fn texts_of(Translated { texts, summary, .. }: &Translated, source: &Texts) -> Texts {
    let text =
        |text: &crate::translate::Translation| Text { text: text.text.clone(), format: text.totals.format };
    let Texts { title, lead, body } = texts;
    let title = title.as_ref().map(text);
    match summary {
        Some(summary) if lead.is_none() && body.is_none() => {
            let short =
                |place: &Text| Text { text: written(&summary.text, place.format), format: place.format };
            Texts { title, lead: source.lead.as_ref().map(short), body: source.body.as_ref().map(short) }
        }
        _ => Texts { title, lead: lead.as_ref().map(text), body: body.as_ref().map(text) },
    }
}

/// A plain text in a format.
fn written(text: &str, format: Format) -> String {
    match format {
        Format::Html | Format::Xml => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        _ => text.to_owned(),
    }
}
