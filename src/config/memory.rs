//! The translation memory: how large it is, and where it stays.

use std::path::PathBuf;

use clap::{Args, Subcommand, builder::FalseyValueParser};

#[derive(Debug, Subcommand)]
pub enum MemoryCommand {
    /// Add the translations of a TMX file to a memory file. No server may use the memory file meanwhile.
    Import(ImportArguments),
    /// Print the translations that were imported, as TMX.
    Export(ExportArguments),
}

#[derive(Debug, Args)]
pub struct ImportArguments {
    /// TMX file, in UTF-8 or UTF-16.
    #[arg(value_name = "TMX")]
    pub path: PathBuf,

    /// Remove all translations that were imported before.
    #[arg(long, env = "TRIGLOT_REPLACE", value_parser = FalseyValueParser::new())]
    pub replace: bool,

    #[command(flatten)]
    pub file: MemoryFileArguments,
}

#[derive(Debug, Args)]
pub struct ExportArguments {
    #[command(flatten)]
    pub file: MemoryFileArguments,
}

/// Where sentences that were translated before are remembered.
#[derive(Debug, Clone, Args)]
pub struct MemoryArguments {
    /// Memory for sentences that were translated before, in bytes; 0: every sentence is translated anew, unless --memory-file
    /// has it.
    #[arg(long, env = "TRIGLOT_MEMORY_BYTES", default_value = "67108864")]
    pub memory_bytes: u64,

    #[command(flatten)]
    pub file: MemoryFileArguments,
}

/// The memory on disk.
#[derive(Debug, Clone, Args)]
pub struct MemoryFileArguments {
    /// File that keeps translated sentences across restarts; only one process can use it at a time [default: none].
    #[arg(long, env = "TRIGLOT_MEMORY_FILE", value_name = "FILE")]
    pub memory_file: Option<PathBuf>,

    /// Maximum size of the translated sentences in --memory-file with the database around them, in bytes; the oldest go first.
    #[arg(long, env = "TRIGLOT_MEMORY_FILE_BYTES", default_value = "1073741824",
          value_parser = clap::value_parser!(u64).range(16 << 20..))]
    pub memory_file_bytes: u64,
}
