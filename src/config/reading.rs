//! How the lines and the language of a text are read.

use clap::{Args, ValueEnum};

use crate::{lang::Language, text};

/// How to read a text.
#[derive(Debug, Args)]
pub struct ReadingArguments {
    /// Language to assume if the language of the text cannot be detected: en, fr or ru [default: none; such a text is refused].
    #[arg(long, env = "TRIGLOT_FALLBACK_LANGUAGE")]
    pub fallback_language: Option<Language>,

    /// The meaning of line ends.
    #[arg(long, env = "TRIGLOT_LINE_BREAKS", value_enum, default_value_t = LineBreaks::Auto)]
    line_breaks: LineBreaks,
}

/// The values of `--line-breaks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LineBreaks {
    /// The shape of the lines decides: wrapped lines are joined; headlines, verse and lists are kept.
    Auto,
    /// Every line is a text of its own.
    Keep,
    /// The lines of a paragraph are one text.
    Join,
}

impl ReadingArguments {
    /// The meaning of line ends.
    pub fn line_breaks(&self) -> text::LineBreaks {
        match self.line_breaks {
            LineBreaks::Auto => text::LineBreaks::Auto,
            LineBreaks::Keep => text::LineBreaks::Keep,
            LineBreaks::Join => text::LineBreaks::Join,
        }
    }
}
