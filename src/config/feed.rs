//! Jobs over feeds: what they read, and where they write.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum, builder::FalseyValueParser};
use url::Url;

use super::{
    AccessArguments, EngineArguments, LengthArguments, OptionArguments, QueueArguments, SummaryStyle,
};
use crate::{
    feed::{Input, Place},
    lang::Language,
};

#[derive(Debug, Args)]
pub struct FeedArguments {
    /// Feeds (RSS, Atom, JSON Feed), lists of feeds (OPML), JSON Lines, web archives (WARC), texts, and folders of texts: files,
    /// addresses with http:// or https://, objects and folders in buckets with s3://, or "-" for standard input.
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<Input>,

    /// Language of the articles: en, fr or ru; a line of JSON may name another one [default: detected for each].
    #[arg(long, env = "TRIGLOT_FROM")]
    pub from: Option<Language>,

    /// Language to translate into: en, fr or ru. To translate into several, separate them with commas or repeat the flag.
    #[arg(long, env = "TRIGLOT_TO", value_name = "TO", value_delimiter = ',', required = true)]
    pub to: Vec<Language>,

    /// Where to write: a file, or a folder, which gets a folder for each language; "-" means standard output. What ends in "/" or is
    /// a folder is a folder, and what begins with s3:// is in a bucket [default: "-"; nothing with --webhook].
    #[arg(long, env = "TRIGLOT_FEED_OUTPUT", value_name = "PATH")]
    pub output: Option<Place>,

    /// What to write; auto means JSON Lines into a file that ends in .jsonl, and else the same as the input.
    #[arg(long, env = "TRIGLOT_FEED_FORM", value_enum, default_value_t = FeedForm::Auto)]
    pub form: FeedForm,

    /// File that remembers what is finished, so that the same command goes on after a stop and does only what is new [default: beside
    /// the output; none for standard output].
    #[arg(long, env = "TRIGLOT_FEED_JOURNAL", value_name = "FILE")]
    pub journal: Option<PathBuf>,

    /// File for the list of articles that failed, with the reasons [default: beside the output, or else the journal; none
    /// for standard output].
    #[arg(long, env = "TRIGLOT_FEED_FAILURES", value_name = "FILE")]
    pub failures: Option<PathBuf>,

    /// Try again what failed in an earlier run.
    #[arg(long, env = "TRIGLOT_FEED_RETRY_FAILED", value_parser = FalseyValueParser::new())]
    pub retry_failed: bool,

    /// Address with https:// or http:// that gets each finished article by POST, as a line of JSON with a signature (Standard Webhooks).
    #[arg(long, env = "TRIGLOT_WEBHOOK", value_name = "URL", requires = "webhook_secret_file")]
    pub webhook: Option<Url>,

    /// File with the secret of the webhook in its first line: whsec_ and the Base64 of 24 to 64 random bytes.
    #[arg(long, env = "TRIGLOT_WEBHOOK_SECRET_FILE", value_name = "FILE", requires = "webhook")]
    pub webhook_secret_file: Option<PathBuf>,

    /// Read the inputs again and again, with so many seconds between; needs a folder for the output, or a webhook alone.
    #[arg(long, env = "TRIGLOT_FEED_WATCH", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub watch: Option<u64>,

    /// Fetch feeds from private addresses and send to a webhook at one, too.
    #[arg(long, env = "TRIGLOT_FEED_PRIVATE", value_parser = FalseyValueParser::new())]
    pub private: bool,

    /// Longest time for one feed to arrive, in seconds.
    #[arg(long, env = "TRIGLOT_FEED_SECONDS", value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..))]
    pub fetch_seconds: u64,

    /// Also summarise the articles. JSON Lines have the summary beside the texts; "instead" translates only the titles and the
    /// summaries, which take the places of leads and bodies.
    #[arg(long, env = "TRIGLOT_FEED_SUMMARIES", value_enum, default_value_t = Summarised::No)]
    pub summaries: Summarised,

    #[command(flatten)]
    pub length: LengthArguments,

    /// How to make the summaries.
    #[arg(long, env = "TRIGLOT_STYLE", value_enum, default_value_t = SummaryStyle::Extractive)]
    pub style: SummaryStyle,

    #[command(flatten)]
    pub options: OptionArguments,

    /// Address of a server that does the work, with https:// or http:// before it. To share the work among several, separate them with
    /// commas or repeat the flag [default: none, the work is done here].
    #[arg(long = "server", env = "TRIGLOT_SERVER", value_name = "URL", value_delimiter = ',')]
    pub servers: Vec<String>,

    #[command(flatten)]
    pub access: AccessArguments,

    #[command(flatten)]
    pub queue: QueueArguments,

    #[command(flatten)]
    pub engine: EngineArguments,
}

impl FeedArguments {
    /// Longest time for one feed to arrive.
    pub fn fetch_time(&self) -> Duration {
        Duration::from_secs(self.fetch_seconds)
    }
}

/// The values of `--form`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FeedForm {
    Auto,
    /// The same as the input: a feed becomes a feed, a file a file.
    Same,
    /// JSON Lines, one article a line.
    Lines,
}

/// The values of `--summaries`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Summarised {
    No,
    Also,
    Instead,
}
