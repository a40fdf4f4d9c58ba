//! The flag for the format of a text.

use std::path::Path;

use clap::{Args, ValueEnum};

use crate::text::Format;

/// The format of the input.
#[derive(Debug, Args)]
pub struct FormatArguments {
    /// Format of the text; auto tells it from the name of the file, or from the text where it is certain.
    #[arg(long = "format", env = "TRIGLOT_FORMAT", value_enum, default_value_t = TextFormat::Auto)]
    format: TextFormat,
}

/// The values of `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TextFormat {
    /// From the name of the file, or from the text where it is certain.
    Auto,
    /// Lines of text.
    Plain,
    /// Pages of HTML, or parts of them.
    Html,
    /// XML such as RSS, Atom and XLIFF.
    Xml,
    /// Markdown.
    Markdown,
    /// SubRip or WebVTT.
    Subtitles,
}

impl FormatArguments {
    /// The format of a file.
    pub fn of(&self, file: &Path) -> Format {
        match self.format {
            TextFormat::Auto => file.to_str().map_or(Format::Auto, Format::of_name),
            TextFormat::Plain => Format::Plain,
            TextFormat::Html => Format::Html,
            TextFormat::Xml => Format::Xml,
            TextFormat::Markdown => Format::Markdown,
            TextFormat::Subtitles => Format::Subtitles,
        }
    }
}
