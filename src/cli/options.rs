//! The request for a translation, from the flags.

use super::{CliError, terms::terms};
use crate::{config::OptionArguments, lang::Language, translate::Request};

/// The request, with the terms of the files.
pub fn request(options: &OptionArguments, from: Option<Language>, to: Language) -> Result<Request, CliError> {
    Ok(Request {
        beam_size: options.search.beam_size(),
        max_output_ratio: options.max_output_ratio,
        typography: options.typography.into(),
        on_failure: options.failure.on_failure.into(),
        min_score: options.failure.min_score,
        fallback: options.reading.fallback_language,
        line_breaks: options.reading.line_breaks(),
        terms: terms(&options.terms, from, to)?,
        glossaries: options.terms.glossary.clone(),
        matches: options.matches.into(),
        ..Request::new(from, to)
    })
}
