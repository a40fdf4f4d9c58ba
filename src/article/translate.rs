//! The translation of one article into one language.

use futures::future::{OptionFuture, try_join, try_join3};

use super::{Article, ArticleError, Request, Text, Texts, Translated};
use crate::{
    lang::Language,
    summarize::{SummarizeError, Summarizer, Summary},
    text::{DETECTION_BYTES, Format, detect_prefix, visible},
    translate::{self, Totals, Translation, Translator},
};

impl Request {
    /// Translates an article into one of the languages, all its texts at once.
    ///
    /// # Errors
    /// When its language is unknown, or one of its texts cannot be translated or summarised.
    pub async fn translate(
        &self,
        translator: &Translator,
        article: &Article,
        target: Language,
    ) -> Result<Translated, ArticleError> {
        let Article { texts, source, .. } = article;
        let (source, detected) = match source.or(self.options.source) {
            Some(source) => (source, None),
            None => self.detect(texts).map(|found| (found.0, Some(found)))?,
        };
        let read = match &self.summaries {
            Some(summaries) if summaries.instead => Texts { title: texts.title.clone(), ..Texts::default() },
            _ => texts.clone(),
        };
        let text = async |field: &'static str, text: Option<Text>| {
            let translated = text.map(|text| self.text(translator, source, target, text));
            let translated = OptionFuture::from(translated).await.transpose();
            translated.map_err(|error| ArticleError::Translate { field, error })
        };
        let all = try_join3(text("title", read.title), text("lead", read.lead), text("body", read.body));
        let ((title, lead, body), summary) =
            try_join(all, self.summary(translator, source, target, texts)).await?;
        let texts = Texts { title, lead, body };
        Ok(Translated { detected, copied: source == target, texts, summary })
    }

    /// The language of an article, or the fallback.
    fn detect(&self, texts: &Texts) -> Result<(Language, f32), ArticleError> {
        let found = detect(texts);
        let Some(fallback) = self.options.fallback.filter(|_| found.is_err()) else { return found };
        let all: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
        Ok(detect_prefix(all.join("\n").as_bytes(), Some(fallback))?)
    }

    async fn text(
        &self,
        translator: &Translator,
        source: Language,
        target: Language,
        Text { text, format }: Text,
    ) -> Result<Translation, translate::TranslateError> {
        if source == target {
            return Ok(copied(text, format));
        }
        let request = translate::Request { source: Some(source), target, format, ..self.options.clone() };
        translator.text(request, text).await
    }

    /// The summary of the body, or else of the lead.
    async fn summary(
        &self,
        translator: &Translator,
        source: Language,
        target: Language,
        texts: &Texts,
    ) -> Result<Option<Summary>, ArticleError> {
        let (Some(summaries), Some(text)) = (&self.summaries, texts.body.as_ref().or(texts.lead.as_ref()))
        else {
            return Ok(None);
        };
        let summarizer = Summarizer::new(Some(translator.clone()));
        match summarizer.text(summaries.request(source, target, text.format), text.text.clone()).await {
            // An article may have only an image.
            Err(SummarizeError::Empty) => Ok(None),
            summary => Ok(Some(summary?)),
        }
    }
}

/// The language of an article, with a confidence from 0 to 1: that of its longest kind of text that tells it.
///
/// # Errors
/// When no text tells it, or there is none.
pub fn detect(texts: &Texts) -> Result<(Language, f32), ArticleError> {
    let mut found = Err(ArticleError::Empty);
    for Text { text, format } in texts.iter() {
        let beginning = beginning(text);
        found = detect_prefix(&visible(beginning, format.found(beginning)), None).map_err(ArticleError::from);
        if found.is_ok() {
            break;
        }
    }
    found
}

/// A text that is in the target language already.
fn copied(text: String, format: Format) -> Translation {
    let bytes = text.len() as u64;
    let format = format.found(beginning(&text));
    let totals = Totals { format, source_bytes: bytes, target_bytes: bytes, ..Totals::default() };
    Translation { text, segments: Vec::new(), totals }
}

/// What the language and the format of a text are found in. It may end inside a character.
fn beginning(text: &str) -> &[u8] {
    &text.as_bytes()[..text.len().min(DETECTION_BYTES)]
}
