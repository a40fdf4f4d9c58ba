//! `triglot models`: what there is, what is here, and getting it here.

use std::{
    fmt::Display,
    io::{self, Write, stderr},
    process::ExitCode,
};

use super::{CliError, output, progress::Bar, start};
use crate::{
    config::{HubArguments, ModelArguments, ModelsCommand},
    engine::LoadedModel,
    hub::{Found, Hub, HubError, Lock, Model, Remote, Snapshot},
};

pub fn run(command: ModelsCommand) -> Result<ExitCode, CliError> {
    match command {
        ModelsCommand::List(arguments) => list(&arguments)?,
        ModelsCommand::Pull(arguments) => pull(&arguments)?,
        ModelsCommand::Verify(arguments) => verify(&arguments)?,
        ModelsCommand::Path(arguments) => path(&arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(arguments: &HubArguments) -> Result<(), CliError> {
    let hub = start::hub(arguments)?;
    output::write(|out| list_all(out, &hub))
}

fn list_all(out: &mut impl Write, hub: &Hub) -> io::Result<()> {
    for model in hub.models() {
        list_file(out, hub, model)?;
    }
    for known in hub.repositories() {
        let (state, lock) = match hub.pulled(&known.source) {
            Ok(Some(lock)) => ("installed", Some(lock)),
            Ok(None) => ("not installed", None),
            Err(_) => ("damaged", None),
        };
        let runs = if LoadedModel::runs(&known.architecture, !known.pairs.is_empty()) {
            String::new()
        } else {
            format!("; this version cannot run {}", known.architecture)
        };
        writeln!(out, "{} ({state}{runs})", known.name)?;
        writeln!(out, "  {}", known.title)?;
        if !known.pairs.is_empty() {
            writeln!(out, "  pairs:   {}", known.pairs.join(" "))?;
        }
        writeln!(out, "  licence: {}", known.licence)?;
        writeln!(out, "  source:  {}", known.source)?;
        lock.iter().try_for_each(|lock| list_lock(out, lock))?;
    }
    let is_known = |lock: &Lock| hub.repositories().iter().any(|known| known.source == lock.source);
    for lock in hub.all_pulled().iter().filter(|lock| !is_known(lock)) {
        writeln!(out, "{} (installed)", lock.source)?;
        writeln!(out, "  licence: {}", licence(hub, lock))?;
        list_lock(out, lock)?;
    }
    Ok(())
}

fn list_file(out: &mut impl Write, hub: &Hub, model: &Model) -> io::Result<()> {
    let state = if hub.is_installed(model) { "installed" } else { "not installed" };
    writeln!(out, "{} ({state})", model.name)?;
    writeln!(out, "  {}, {:.0} MB", model.title, model.file.bytes as f64 / 1e6)?;
    if !model.pairs.is_empty() {
        writeln!(out, "  pairs:   {}", model.pairs.join(" "))?;
    }
    writeln!(out, "  licence: {}", model.licence)?;
    writeln!(out, "  sha256:  {}", model.file.sha256)?;
    for adapter in hub.adapters(model) {
        let default = if model.adapter.as_deref() == Some(&adapter.name) { " (default)" } else { "" };
        writeln!(out, "  adapter: {}{default}", adapter.name)?;
        writeln!(out, "    {}", adapter.title)?;
        writeln!(out, "    licence: {}", adapter.licence)?;
    }
    Ok(())
}

/// What is here of a repository.
fn list_lock(out: &mut impl Write, lock: &Lock) -> io::Result<()> {
    writeln!(out, "  commit:  {}, {:.0} MB", lock.revision, lock.bytes() as f64 / 1e6)?;
    if let Some(weights) = lock.weights() {
        writeln!(out, "  sha256:  {} ({})", weights.sha256, weights.name)?;
    }
    Ok(())
}

fn pull(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = start::hub(&arguments.hub)?;
    let offline = arguments.hub.offline;
    match hub.find(&arguments.model)? {
        Found::File(model) => {
            let fetch = start::fetch(&arguments.hub);
            let path = if offline {
                hub.ready(model, offline, &fetch, &Bar::default())?
            } else {
                hub.pull(model, &fetch, &Bar::default())?
            };
            output::line(path.display())?;
            tell(format_args!("{}: {}", model.name, model.licence));
        }
        Found::Repository(repository, _) => {
            let snapshot = if offline {
                hub.ready_snapshot(&repository, offline, &Remote::from_environment(), &Bar::default())?
            } else {
                hub.pull_snapshot(&repository, &Remote::from_environment(), &Bar::default())?
            };
            output::line(snapshot.folder.display())?;
            tell(format_args!("{repository}: {}", licence(&hub, &snapshot.lock)));
        }
        Found::Folder(folder) => return Err(CliError::Folder(folder)),
    }
    Ok(())
}

fn verify(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = start::hub(&arguments.hub)?;
    match hub.find(&arguments.model)? {
        Found::File(model) => {
            let path = hub.verify(model, &Bar::default())?;
            output::line(format_args!("{} matches the catalogue", path.display()))
        }
        Found::Repository(repository, _) => say_verified(&hub.verify_snapshot(&repository, &Bar::default())?),
        Found::Folder(folder) => say_verified(&Snapshot::open(&folder, &Bar::default())?),
    }
}

fn say_verified(Snapshot { folder, lock }: &Snapshot) -> Result<(), CliError> {
    output::line(format_args!("{} matches {} at commit {}", folder.display(), lock.source, lock.revision))
}

fn path(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = start::hub(&arguments.hub)?;
    let (path, installed) = match hub.find(&arguments.model)? {
        Found::File(model) => (hub.path(model), hub.is_installed(model)),
        Found::Repository(repository, _) => {
            (hub.snapshot_folder(&repository), hub.pulled(&repository)?.is_some())
        }
        Found::Folder(folder) => return Err(CliError::Folder(folder)),
    };
    if !installed {
        let folder = arguments.hub.data_dir();
        let model = arguments.model.to_string();
        return Err(HubError::NotInstalled { model, folder, offline: false }.into());
    }
    output::line(path.display())
}

/// Says something beside the result. A closed standard error is no reason to fail.
fn tell(what: impl Display) {
    let _ = writeln!(stderr(), "{what}");
}

/// The licence of what was pulled, or where to look for it.
fn licence(hub: &Hub, lock: &Lock) -> String {
    match hub.licence(lock) {
        licence if licence.is_empty() => "see the model card".to_owned(),
        licence => licence,
    }
}
