//! Converts articles (`translation_service.proto`, `TranslateArticles`): the start, articles, and what became of them.

use std::collections::HashMap;

use prost::Message as _;
use sha2::{Digest, Sha256};
use tonic::Status;

use super::{
    AnswerError, FieldError, Part,
    proto::{
        self, SummaryLength, SummaryStyle, TranslateArticlesRequest, TranslateArticlesResponse,
        TranslateArticlesStart, TranslateStreamStart, translate_articles_request::Request as Message,
        translate_articles_response::Result as Answer,
    },
    translate,
    types::{code, detected, format, language},
};
use crate::{
    article::{Article, Outcome, Request, Summaries, Text, Texts, Translated},
    lang::Language,
    summarize::DEFAULT_LENGTH,
};

/// Checks and converts the start. The name of the model is not part of it.
pub fn request(start: &TranslateArticlesStart) -> Result<Request, FieldError> {
    let mut targets = Vec::new();
    for (at, name) in start.target_languages.iter().enumerate() {
        let field = format!("target_languages[{at}]");
        match language(&field, name)? {
            Some(target) if targets.contains(&target) => {
                return Err(FieldError::new(field, "it is there twice"));
            }
            Some(target) => targets.push(target),
            None => return Err(FieldError::new(field, "it must not be empty")),
        }
    }
    let Some(first) = targets.first() else {
        let languages = Language::ALL.map(Language::code).join(", ");
        return Err(FieldError::new("target_languages", format!("it is missing; use some of {languages}")));
    };
    let options = translate::request(&TranslateStreamStart {
        source_language: start.source_language.clone(),
        target_language: code(Some(*first)),
        options: start.options.clone(),
        ..TranslateStreamStart::default()
    })?;
    for (field, is_there) in
        [("terms", !options.terms.list().is_empty()), ("glossaries", !options.glossaries.is_empty())]
    {
        if is_there && targets.len() > 1 {
            let problem = "they are of one language; name one target language, or open a stream for each";
            return Err(FieldError::new(format!("options.{field}"), problem));
        }
    }
    let below = |error: FieldError| error.below("summaries.");
    let summaries = start.summaries.as_ref().map(summaries).transpose().map_err(below)?;
    Ok(Request { targets, options, summaries, ordered: start.ordered })
}

fn summaries(summaries: &proto::ArticleSummaries) -> Result<Summaries, FieldError> {
    let length = summaries.length.and_then(|length| length.length).map(TryInto::try_into).transpose()?;
    let style = SummaryStyle::try_from(summaries.style);
    let style = style.map_err(|_| FieldError::new("style", "unknown style"))?;
    Ok(Summaries {
        length: length.unwrap_or(DEFAULT_LENGTH),
        style: Option::from(style).unwrap_or_default(),
        instead: summaries.instead,
    })
}

/// The start for a request; an empty name means any model.
pub fn start(request: &Request, model: String) -> TranslateArticlesStart {
    let TranslateStreamStart { source_language, options, .. } = translate::start(&request.options, model);
    TranslateArticlesStart {
        target_languages: request.targets.iter().map(|target| code(Some(*target))).collect(),
        source_language,
        options,
        summaries: request.summaries.as_ref().map(|summaries| proto::ArticleSummaries {
            length: Some(SummaryLength { length: Some(summaries.length.into()) }),
            style: SummaryStyle::from(summaries.style).into(),
            instead: summaries.instead,
        }),
        ordered: request.ordered,
    }
}

/// The kind of a message; `None` for an empty message.
pub fn part(message: TranslateArticlesRequest) -> Option<Part<TranslateArticlesStart, proto::Article>> {
    Some(match message.request? {
        Message::Start(start) => Part::Start(start),
        Message::Article(article) => Part::Next(article),
    })
}

impl From<Part<TranslateArticlesStart, proto::Article>> for TranslateArticlesRequest {
    fn from(part: Part<TranslateArticlesStart, proto::Article>) -> Self {
        let request = match part {
            Part::Start(start) => Message::Start(start),
            Part::Next(article) => Message::Article(article),
        };
        Self { request: Some(request) }
    }
}

/// Checks and converts an article.
pub fn article(article: &proto::Article) -> Result<Article, FieldError> {
    let text = |field: &str, text: &Option<proto::ArticleText>| {
        // An empty text is none.
        let Some(text) = text.as_ref().filter(|text| !text.text.is_empty()) else { return Ok(None) };
        let format = format(text.format).map_err(|error| error.below(field))?;
        Ok::<_, FieldError>(Some(Text { text: text.text.clone(), format }))
    };
    let texts = Texts {
        title: text("title.", &article.title)?,
        lead: text("lead.", &article.lead)?,
        body: text("body.", &article.body)?,
    };
    Ok(Article {
        id: article.id.clone(),
        source: language("source_language", &article.source_language)?,
        texts,
    })
}

impl From<Article> for proto::Article {
    fn from(Article { id, source, texts }: Article) -> Self {
        let text = |text: Text| proto::ArticleText {
            format: proto::Format::from(text.format).into(),
            text: text.text,
        };
        Self {
            id,
            source_language: code(source),
            title: texts.title.map(text),
            lead: texts.lead.map(text),
            body: texts.body.map(text),
            metadata: HashMap::new(),
        }
    }
}

/// What the result of an article depends on: two with the same digest have the same result. Its id and its metadata do not count.
pub fn digest(start: &TranslateArticlesStart, article: &proto::Article) -> [u8; 32] {
    let article = proto::Article { id: String::new(), metadata: HashMap::new(), ..article.clone() };
    let start = start.encode_to_vec();
    let mut hash = Sha256::new();
    hash.update((start.len() as u64).to_le_bytes());
    hash.update(start);
    hash.update(article.encode_to_vec());
    hash.finalize().into()
}

/// An outcome as an answer, with the metadata of its article.
pub fn answer(outcome: Outcome<Status>, metadata: HashMap<String, String>) -> TranslateArticlesResponse {
    let Outcome { id, index, target, result } = outcome;
    let result = match result {
        Ok(article) => Answer::Article(article.into()),
        Err(status) => Answer::Error(translate::error(&status)),
    };
    TranslateArticlesResponse {
        id,
        index,
        target_language: code(Some(target)),
        metadata,
        result: Some(result),
    }
}

impl TryFrom<TranslateArticlesResponse> for Outcome<Status> {
    type Error = AnswerError;

    fn try_from(answer: TranslateArticlesResponse) -> Result<Self, AnswerError> {
        let target = answer.target_language.parse();
        Ok(Self {
            id: answer.id,
            index: answer.index,
            target: target.map_err(|_| AnswerError("an article without its language"))?,
            result: match answer.result.ok_or(AnswerError("an article without a result"))? {
                Answer::Article(article) => Ok(article.try_into()?),
                Answer::Error(error) => Err(translate::status(&error)),
            },
        })
    }
}

impl From<Translated> for proto::TranslatedArticle {
    fn from(Translated { detected, copied, texts, summary }: Translated) -> Self {
        Self {
            detected_language: detected.map(Into::into),
            copied,
            title: texts.title.map(Into::into),
            lead: texts.lead.map(Into::into),
            body: texts.body.map(Into::into),
            summary: summary.map(Into::into),
        }
    }
}

impl TryFrom<proto::TranslatedArticle> for Translated {
    type Error = AnswerError;

    fn try_from(article: proto::TranslatedArticle) -> Result<Self, AnswerError> {
        let text = |text: Option<proto::TranslateResponse>| text.map(TryInto::try_into).transpose();
        Ok(Self {
            detected: detected(article.detected_language),
            copied: article.copied,
            texts: Texts {
                title: text(article.title)?,
                lead: text(article.lead)?,
                body: text(article.body)?,
            },
            summary: article.summary.map(TryInto::try_into).transpose()?,
        })
    }
}
