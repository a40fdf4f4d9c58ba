//! How texts are translated, for every command that translates.

use clap::Args;

use super::{FailureArguments, Matches, ReadingArguments, SearchArguments, TermArguments, Typography};
use crate::translate::{DEFAULT_OUTPUT_RATIO, OUTPUT_RATIOS};

#[derive(Debug, Args)]
pub struct OptionArguments {
    #[command(flatten)]
    pub reading: ReadingArguments,

    #[command(flatten)]
    pub search: SearchArguments,

    /// Maximum length of the translation of a segment, as a multiple of its source tokens, from 0.5 to 10.
    #[arg(long, env = "TRIGLOT_MAX_OUTPUT_RATIO", default_value_t = DEFAULT_OUTPUT_RATIO, value_parser = output_ratio)]
    pub max_output_ratio: f32,

    /// Whose quotation marks, dashes, spaces and numbers the translation has.
    #[arg(long, env = "TRIGLOT_TYPOGRAPHY", value_enum, default_value_t = Typography::Target)]
    pub typography: Typography,

    #[command(flatten)]
    pub terms: TermArguments,

    /// Which units of the translation memory, translations by people, the text gets.
    #[arg(long, env = "TRIGLOT_MATCHES", value_enum, default_value_t = Matches::Exact)]
    pub matches: Matches,

    #[command(flatten)]
    pub failure: FailureArguments,
}

fn output_ratio(text: &str) -> Result<f32, String> {
    let (least, most) = OUTPUT_RATIOS;
    text.parse()
        .ok()
        .filter(|ratio| (least..=most).contains(ratio))
        .ok_or_else(|| format!("it must be between {least} and {most}"))
}
