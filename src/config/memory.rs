//! The translation memory: how large it is, and where it stays.

use std::path::PathBuf;

use clap::Args;

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
