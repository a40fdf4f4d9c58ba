//! Converts glossaries (`glossary_service.proto`), in both directions.

use super::{
    AnswerError, FieldError,
    proto::{self, ListGlossariesRequest},
    types::{at_most, count, each, language, terms},
};
use crate::{
    glossary::{GlossaryName, Heading, MOST_GLOSSARIES, Registered},
    lang::{Language, Pair},
    translate::{MOST_TERMS, Term},
};

/// Glossaries of a page, unless the request says how many.
const PAGE: usize = 100;

/// The name of a glossary in a field.
pub fn name(field: &str, name: &str) -> Result<GlossaryName, FieldError> {
    name.parse().map_err(|error| FieldError::new(field, format!("{error}")))
}

/// Checks a glossary to write; its `term_count` is ignored.
pub fn glossary(glossary: Option<proto::Glossary>) -> Result<Registered, FieldError> {
    let proto::Glossary { name, pair, revision, terms, .. } =
        glossary.ok_or_else(|| FieldError::new("glossary", "it is missing"))?;
    let name = self::name("glossary.name", &name)?;
    let pair = self::pair(&pair.unwrap_or_default())?;
    let terms = self::terms("glossary.terms", &terms)?;
    Ok(Registered { heading: Heading { name, pair, revision, terms: terms.len() }, terms })
}

fn pair(pair: &proto::LanguagePair) -> Result<Pair, FieldError> {
    let side = |side: &str, code: &str| -> Result<Language, FieldError> {
        let field = format!("glossary.pair.{side}");
        language(&field, code)?.ok_or_else(|| FieldError::new(field, "it is missing"))
    };
    let source = side("source_language", &pair.source_language)?;
    let target = side("target_language", &pair.target_language)?;
    if source == target {
        return Err(FieldError::new("glossary.pair", "its languages are the same"));
    }
    Ok(Pair { source, target })
}

/// Checks the terms to add and the sources to remove.
pub fn change(put: &[proto::Term], remove: &[String]) -> Result<Vec<Term>, FieldError> {
    at_most(MOST_TERMS, "remove", remove, "sources")?;
    terms("put", put)
}

/// The glossary before a page, and the size of the page.
pub fn page(request: &ListGlossariesRequest) -> Result<(Option<GlossaryName>, usize), FieldError> {
    let after = Some(request.page_token.as_str()).filter(|token| !token.is_empty());
    let after = after.map(|token| name("page_token", token)).transpose()?;
    match request.page_size as usize {
        0 => Ok((after, PAGE)),
        size if size <= MOST_GLOSSARIES => Ok((after, size)),
        _ => Err(FieldError::new("page_size", format!("it must be at most {MOST_GLOSSARIES}"))),
    }
}

impl From<Heading> for proto::Glossary {
    fn from(Heading { name, pair, revision, terms }: Heading) -> Self {
        let (name, term_count) = (name.to_string(), count(terms));
        Self { name, pair: Some(pair.into()), revision, term_count, terms: Vec::new() }
    }
}

impl From<Registered> for proto::Glossary {
    fn from(Registered { heading, terms }: Registered) -> Self {
        Self { terms: each(terms), ..heading.into() }
    }
}

impl TryFrom<proto::Glossary> for Registered {
    type Error = AnswerError;

    fn try_from(glossary: proto::Glossary) -> Result<Self, AnswerError> {
        let proto::Glossary { name, pair, revision, term_count, terms } = glossary;
        let name = name.parse().map_err(|_| AnswerError("a glossary with an invalid name"))?;
        let pair = pair.unwrap_or_default().try_into();
        let pair = pair.map_err(|_| AnswerError("a glossary without a known direction"))?;
        let terms = terms.into_iter().map(|proto::Term { source, target }| Term { source, target }).collect();
        Ok(Self { heading: Heading { name, pair, revision, terms: term_count as usize }, terms })
    }
}
