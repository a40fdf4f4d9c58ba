//! The terms of the command line and of files.

use std::path::Path;

use super::{CliError, input};
use crate::{
    config::TermArguments,
    fidelity::terms::{
        Term,
        table::{self, Columns},
        tbx,
    },
    lang::Language,
    translate::{MOST_TERMS, Terms},
};

/// The most bytes of a file of terms.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Reads the terms of a translation; those of the command line count before those of the file.
pub fn terms(arguments: &TermArguments, from: Option<Language>, to: Language) -> Result<Terms, CliError> {
    let mut terms = arguments.term.clone();
    if let Some(path) = &arguments.terms_file {
        terms.extend(file(path, from, to)?);
    }
    if terms.len() > MOST_TERMS { Err(CliError::TooManyTerms) } else { Ok(Terms::new(terms)) }
}

/// Reads a file of terms. Its name says what it is: TBX, CSV, or a table with tabs. Of TBX, it reads the terms of a direction; without
/// a source, those of all other languages.
pub fn file(path: &Path, from: Option<Language>, to: Language) -> Result<Vec<Term>, CliError> {
    let wrong = |error: String| CliError::Terms { path: path.to_owned(), error };
    let bytes = input::head(path, MOST_BYTES + 1)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(wrong(format!("it has more than {MOST_BYTES} bytes")));
    }
    let is = |end: &str| path.extension().is_some_and(|name| name.eq_ignore_ascii_case(end));
    if is("tbx") {
        let base = tbx::read(&bytes[..], from, to).map_err(|error| wrong(error.to_string()))?;
        if base.left_out > 0 {
            tracing::warn!(
                count = base.left_out,
                "some terms of the file are too long or have no letters or digits"
            );
        }
        return Ok(base.terms);
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| wrong(format!("it is no UTF-8: {error}")))?;
    let columns = if is("csv") { Columns::Commas } else { Columns::Tabs };
    table::read(text, columns).map_err(|error| wrong(error.to_string()))
}
