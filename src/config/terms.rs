//! The caller's words for certain words of the text.

use std::path::PathBuf;

use clap::Args;

use crate::{glossary::GlossaryName, translate::Term};

#[derive(Debug, Args)]
pub struct TermArguments {
    /// Words of the text with the words that the translation must have for them; without "=TARGET", the words stay unchanged.
    /// Repeat it for several terms; in the variable, each has a line of its own.
    #[arg(long, env = "TRIGLOT_TERM", value_name = "SOURCE=TARGET", value_parser = term, value_delimiter = '\n')]
    pub term: Vec<Term>,

    /// A file with more terms, one a line: source and target with a tab between them; with a comma, if its name ends in .csv. If it
    /// ends in .tbx, a termbase in TBX, of which the terms for --to (and --from, if given) count.
    #[arg(long, env = "TRIGLOT_TERMS_FILE", value_name = "FILE")]
    pub terms_file: Option<PathBuf>,

    /// A registered glossary with more terms, which count after those of the command line: of the server, or else of --glossary-file.
    /// To use several, separate them with commas or repeat the flag.
    #[arg(long, env = "TRIGLOT_GLOSSARY", value_name = "NAME", value_delimiter = ',')]
    pub glossary: Vec<GlossaryName>,
}

fn term(text: &str) -> Result<Term, String> {
    let (source, target) = text.split_once('=').unwrap_or((text, ""));
    Term::new(source, target).map_err(|error| error.to_string())
}
