//! The terms of the command line and of their file.

use super::{CliError, input};
use crate::{
    config::TermArguments,
    fidelity::terms::table::{self, Columns},
    translate::{MOST_TERMS, Terms},
};

/// The most bytes of a file of terms.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Reads the terms; those of the command line count before those of the file.
pub fn terms(arguments: &TermArguments) -> Result<Terms, CliError> {
    let mut terms = arguments.term.clone();
    if let Some(path) = &arguments.terms_file {
        let wrong = |error: String| CliError::Terms { path: path.clone(), error };
        let bytes = input::head(path, MOST_BYTES + 1)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(wrong(format!("it has more than {MOST_BYTES} bytes")));
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| wrong(format!("it is no UTF-8: {error}")))?;
        let is_csv = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        let columns = if is_csv { Columns::Commas } else { Columns::Tabs };
        terms.extend(table::read(text, columns).map_err(|error| wrong(error.to_string()))?);
    }
    if terms.len() > MOST_TERMS { Err(CliError::TooManyTerms) } else { Ok(Terms::new(terms)) }
}
