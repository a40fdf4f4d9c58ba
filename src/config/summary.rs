//! What a summary is made of, and how long it is.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum, builder::FalseyValueParser};

use super::{
    EngineArguments, FormatArguments, InputArguments, ReadingArguments, RemoteArguments, typed::Typed,
};
use crate::{
    lang::Language,
    summarize::{self, Length, MAX_SENTENCES, Style},
};

#[derive(Debug, Args)]
pub struct SummarizeArguments {
    #[command(flatten)]
    pub input: InputArguments,

    #[command(flatten)]
    pub format: FormatArguments,

    /// Language of the text: en, fr or ru [default: detected].
    #[arg(long, env = "TRIGLOT_FROM")]
    pub from: Option<Language>,

    /// Language of the summary: en, fr or ru [default: that of the text].
    #[arg(long, env = "TRIGLOT_TO")]
    pub to: Option<Language>,

    #[command(flatten)]
    pub reading: ReadingArguments,

    #[command(flatten)]
    pub length: LengthArguments,

    /// How to make the summary.
    #[arg(long, env = "TRIGLOT_STYLE", value_enum, default_value_t = SummaryStyle::Extractive)]
    pub style: SummaryStyle,

    #[command(flatten)]
    pub remote: RemoteArguments,

    /// Print the summary and the positions of its sentences as JSON.
    #[arg(long, env = "TRIGLOT_JSON", value_parser = FalseyValueParser::new())]
    pub json: bool,

    #[command(flatten)]
    pub engine: EngineArguments,
}

impl SummarizeArguments {
    /// The request for a summary.
    pub fn request(&self) -> Result<summarize::Request, TwoLengths> {
        let length = self.length.length()?;
        Ok(summarize::Request {
            source: self.from,
            target: self.to,
            length,
            style: self.style.into(),
            fallback: self.reading.fallback_language,
            line_breaks: self.reading.line_breaks(),
            format: self.format.of(&self.input.file),
        })
    }
}

/// The values of `--style`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SummaryStyle {
    /// Sentences taken from the text.
    Extractive,
    /// Sentences written by a model (--model); sentences that the text does not support are replaced.
    Abstractive,
    /// The headline of the text, or else its most important sentence, with at most 90 characters.
    Headline,
}

impl From<SummaryStyle> for Style {
    fn from(style: SummaryStyle) -> Self {
        match style {
            SummaryStyle::Extractive => Self::Extractive,
            SummaryStyle::Abstractive => Self::Abstractive,
            SummaryStyle::Headline => Self::Headline,
        }
    }
}

/// The length of a summary: at most one of three flags.
#[derive(Debug, Args)]
pub struct LengthArguments {
    // First, because the fields after it remove their values from the matches.
    #[command(flatten)]
    typed: Typed,

    /// Number of sentences in the summary, 1 to 100 [default: 3].
    #[arg(long, env = "TRIGLOT_SENTENCES", value_parser = clap::value_parser!(u16).range(1..=MAX_SENTENCES as i64))]
    sentences: Option<u16>,

    /// Length of the summary as a share of the text's sentences, above 0 and up to 1.
    #[arg(long, env = "TRIGLOT_RATIO", value_parser = share)]
    ratio: Option<f32>,

    /// Maximum number of characters of the summary, before translation; its best sentence may have more.
    #[arg(long, env = "TRIGLOT_MAX_CHARS")]
    max_chars: Option<NonZeroUsize>,
}

/// More than one length was given.
#[derive(Debug, thiserror::Error)]
#[error("give only one length: --sentences, --ratio or --max-chars")]
pub struct TwoLengths;

impl LengthArguments {
    /// The length, if not more than one is given.
    pub fn length(&self) -> Result<Length, TwoLengths> {
        let all = [
            ("sentences", self.sentences.map(|count| Length::Sentences(count.into()))),
            ("ratio", self.ratio.map(Length::Ratio)),
            ("max_chars", self.max_chars.map(|count| Length::Chars(count.get()))),
        ];
        let given = |typed: bool| {
            let lengths = all.iter().filter(move |(field, _)| !typed || self.typed.has(field));
            lengths.filter_map(|(_, length)| *length).collect::<Vec<_>>()
        };
        let typed = given(true);
        let lengths = if typed.is_empty() { given(false) } else { typed };
        match lengths.as_slice() {
            [] => Ok(summarize::DEFAULT_LENGTH),
            [length] => Ok(*length),
            _ => Err(TwoLengths),
        }
    }
}

fn share(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| "it must be greater than 0 and at most 1".to_owned())
}
