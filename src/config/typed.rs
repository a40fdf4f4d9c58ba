//! What was typed and what stands in the environment: clap hands over both alike, and where two flags exclude each other, the
//! typed one is meant.

use clap::{ArgMatches, Args, FromArgMatches, Id, parser::ValueSource};

/// Which flags were typed: they go before what stands in the environment.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed(Vec<String>);

impl Typed {
    /// Whether the flag of this field was.
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
