//! Tells flags on the command line from environment variables: clap reports both in the same way. If two settings exclude each
//! other, the one on the command line wins.

use clap::{ArgMatches, Args, FromArgMatches, Id, parser::ValueSource};

/// The flags on the command line; they take precedence over the environment.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed(Vec<String>);

impl Typed {
    /// Whether the flag of a field is on the command line.
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|typed| typed == field)
    }
}

impl FromArgMatches for Typed {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let typed = |id: &&Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        Ok(Self(matches.ids().filter(typed).map(ToString::to_string).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Typed {
    fn augment_args(command: clap::Command) -> clap::Command {
        command
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command
    }
}
