//! Reads terms from a table: a term a line, its source and its target in two columns.

use super::{MOST_TERMS, Term, TermError};

/// What separates the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Tabs; quotation marks are ordinary characters.
    Tabs,
    /// Commas, with quotation marks around fields (RFC 4180).
    Commas,
}

/// Why a table of terms is invalid.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("line {line}: {error}")]
    Term { line: u64, error: TermError },
    #[error("line {line}: it has {columns} columns; a term has two, its source and its target")]
    Columns { line: u64, columns: usize },
    #[error("it has more than {MOST_TERMS} terms")]
    TooMany,
    #[error(transparent)]
    Csv(#[from] csv::Error),
}

/// Reads a table. Empty lines, lines that begin with `#`, and a byte order mark are skipped. A line with one column is a term to keep.
///
/// # Errors
/// When a line is no term, or there are too many.
pub fn read(text: &str, columns: Columns) -> Result<Vec<Term>, TableError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .delimiter(if columns == Columns::Tabs { b'\t' } else { b',' })
        .quoting(columns == Columns::Commas)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut terms = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if record.len() > 2 {
            return Err(TableError::Columns { line, columns: record.len() });
        }
        let (source, target) = (record.get(0).unwrap_or_default(), record.get(1).unwrap_or_default());
        terms.push(Term::new(source, target).map_err(|error| TableError::Term { line, error })?);
        if terms.len() > MOST_TERMS {
            return Err(TableError::TooMany);
        }
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, columns: Columns) -> Result<Vec<(String, String)>, String> {
        let terms = read(text, columns).map_err(|error| error.to_string())?;
        Ok(terms.into_iter().map(|term| (term.source, term.target)).collect())
    }

    #[test]
    fn a_line_is_a_term() {
        let expected =
            [("key rate", "taux directeur"), ("Le \"Monde\"", "")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let tabs = "\u{feff}# bank\nkey rate\ttaux directeur\r\n\nLe \"Monde\"\n";
        assert_eq!(shown(tabs, Columns::Tabs), Ok(expected.to_vec()));
        let commas = "key rate, taux directeur\n\"Le \"\"Monde\"\"\",\n";
        assert_eq!(shown(commas, Columns::Commas), Ok(expected.to_vec()));
    }

    #[test]
    fn errors_name_the_line() {
        let errors = [
            ("a\tb\n\tb\n", "line 2: the source has no letters or digits"),
            ("a\tb\tc\n", "line 1: it has 3 columns; a term has two, its source and its target"),
        ];
        for (text, error) in errors {
            assert_eq!(shown(text, Columns::Tabs), Err(error.to_owned()));
        }
        assert_eq!(
            shown(&"a\tb\n".repeat(10_001), Columns::Tabs),
            Err("it has more than 10000 terms".to_owned())
        );
    }
}
