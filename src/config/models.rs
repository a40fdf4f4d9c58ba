//! The arguments of `triglot models`.

use clap::{Args, Subcommand, builder::FalseyValueParser};

use super::{EngineArguments, HubArguments};
use crate::hub::ModelReference;

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the known models and show which of them are installed.
    List(HubArguments),
    /// Fetch a model, check it and install it.
    Pull(ModelArguments),
    /// Check the files of an installed model against their SHA-256 sums.
    Verify(ModelArguments),
    /// Print the path of an installed model: its file or its folder.
    Path(ModelArguments),
    /// Translate twenty sentences in every direction of a model and compare them with references.
    Check(CheckArguments),
    /// Set the model that runs when none is named.
    Use(UseArguments),
}

#[derive(Debug, Args)]
pub struct UseArguments {
    /// Model: a name from the catalogue, `hf:OWNER/NAME[@REVISION]`, a folder or a GGUF file, or "auto", which leaves the
    /// decision to the next start.
    pub model: ModelReference,

    #[command(flatten)]
    pub hub: HubArguments,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    #[command(flatten)]
    pub engine: EngineArguments,

    /// Print every sentence with its translation, its reference and its warnings.
    #[arg(long, env = "TRIGLOT_FULL", value_parser = FalseyValueParser::new())]
    pub full: bool,
}

#[derive(Debug, Args)]
pub struct ModelArguments {
    /// Model: a name from the catalogue, such as gemma3-270m or firefox, or `hf:OWNER/NAME[@REVISION]`.
    #[arg(default_value = "gemma3-270m")]
    pub model: ModelReference,

    #[command(flatten)]
    pub hub: HubArguments,
}
