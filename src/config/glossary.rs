//! Registered glossaries: where they are, and the commands that manage them.

use std::path::PathBuf;

use clap::{Args, Subcommand, builder::FalseyValueParser};

use super::RemoteArguments;
use crate::{glossary::GlossaryName, lang::Language};

#[derive(Debug, Subcommand)]
pub enum GlossaryCommand {
    /// Add the terms of a file to a glossary, in place of those with the same source.
    Import(GlossaryImportArguments),
    /// Print a glossary as TBX.
    Export(GlossaryExportArguments),
    /// Print the names of the glossaries with their directions, numbers of terms and revisions.
    List(GlossaryListArguments),
    /// Remove a glossary.
    Delete(GlossaryDeleteArguments),
}

#[derive(Debug, Args)]
pub struct GlossaryImportArguments {
    /// Name of the glossary; a new one is made if there is none.
    pub name: GlossaryName,

    /// File with terms: TBX if its name ends in .tbx, a table with commas if it ends in .csv, or else a table with tabs.
    #[arg(value_name = "FILE")]
    pub path: PathBuf,

    /// Language of the terms: en, fr or ru.
    #[arg(long, env = "TRIGLOT_FROM")]
    pub from: Language,

    /// Language that the terms are translated into: en, fr or ru.
    #[arg(long, env = "TRIGLOT_TO")]
    pub to: Language,

    /// Remove all other terms of the glossary.
    #[arg(long, env = "TRIGLOT_REPLACE", value_parser = FalseyValueParser::new())]
    pub replace: bool,

    #[command(flatten)]
    pub place: GlossaryPlaceArguments,
}

#[derive(Debug, Args)]
pub struct GlossaryExportArguments {
    /// Name of the glossary.
    pub name: GlossaryName,

    #[command(flatten)]
    pub place: GlossaryPlaceArguments,
}

#[derive(Debug, Args)]
pub struct GlossaryListArguments {
    #[command(flatten)]
    pub place: GlossaryPlaceArguments,
}

#[derive(Debug, Args)]
pub struct GlossaryDeleteArguments {
    /// Name of the glossary.
    pub name: GlossaryName,

    #[command(flatten)]
    pub place: GlossaryPlaceArguments,
}

/// The server or the file with the glossaries.
#[derive(Debug, Args)]
pub struct GlossaryPlaceArguments {
    #[command(flatten)]
    pub remote: RemoteArguments,

    #[command(flatten)]
    pub file: GlossaryFileArguments,
}

/// The glossaries on disk.
#[derive(Debug, Clone, Args)]
pub struct GlossaryFileArguments {
    /// File with the registered glossaries, made if it is missing; only one process can use it at a time [default: none].
    #[arg(long, env = "TRIGLOT_GLOSSARY_FILE", value_name = "FILE")]
    pub glossary_file: Option<PathBuf>,
}
