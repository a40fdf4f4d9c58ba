//! The keys of a server's callers, and the command that makes them.

use std::{
    num::{NonZeroU32, NonZeroU64},
    path::PathBuf,
};

use clap::{Args, Subcommand};

use crate::server::keys::{Class, Digest, Entry, KeyName};

/// The keys that a server knows.
#[derive(Debug, Args)]
pub struct KeyFileArguments {
    /// File with the keys of callers, as made by `triglot keys new`: each call but health needs one of them. It is read again when
    /// it changes [default: none, everybody may call].
    #[arg(long, env = "TRIGLOT_API_KEYS", value_name = "FILE")]
    pub api_keys: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key: print its entry for the file of --api-keys to standard output, and the key itself, which is kept nowhere, to standard
    /// error.
    New(NewKeyArguments),
}

#[derive(Debug, Args)]
pub struct NewKeyArguments {
    /// Name of the caller, for the log: 1 to 64 of the letters a to z, digits, dots, hyphens and underscores.
    name: KeyName,

    /// How unary calls wait.
    #[arg(long, env = "TRIGLOT_CLASS", value_enum, default_value_t = Class::Interactive)]
    class: Class,

    /// Calls that the key may make in a second, in the long run [default: any number].
    #[arg(long, env = "TRIGLOT_CALLS_PER_SECOND", value_name = "NUMBER")]
    calls_per_second: Option<f64>,

    /// Calls that the key may make at once, after a pause [default: those of one second].
    #[arg(long, env = "TRIGLOT_BURST", value_name = "NUMBER", requires = "calls_per_second")]
    burst: Option<NonZeroU32>,

    /// Characters of texts that the key may send in a day of UTC [default: any number].
    #[arg(long, env = "TRIGLOT_CHARS_PER_DAY", value_name = "NUMBER")]
    chars_per_day: Option<NonZeroU64>,
}

impl NewKeyArguments {
    /// The entry of a key with this digest.
    pub fn entry(self, sha256: Digest) -> Entry {
        let Self { name, class, calls_per_second, burst, chars_per_day } = self;
        Entry { name, sha256, class, calls_per_second, burst, chars_per_day }
    }
}
