//! `triglot models`: what there is, what is here, and getting it here.

use std::{
    fmt::Display,
    io::{self, Write, stderr},
    process::ExitCode,
};

use super::{CliError, output};
use crate::{
    app::{
        self,
        check::{Checked, CheckedSentence, LEAST_CHRF},
        progress::Bar,
    },
    config::{CheckArguments, HubArguments, ModelArguments, ModelsCommand},
    hub::{Hub, HubError, Lock, Model, ModelReference, Package},
    loader::Family,
    wire::ContractName,
};

pub async fn run(command: ModelsCommand) -> Result<ExitCode, CliError> {
    match command {
        ModelsCommand::List(arguments) => list(&arguments)?,
        ModelsCommand::Pull(arguments) => pull(&arguments)?,
        ModelsCommand::Verify(arguments) => verify(&arguments)?,
        ModelsCommand::Path(arguments) => path(&arguments)?,
        ModelsCommand::Check(arguments) => return check(&arguments).await,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(arguments: &HubArguments) -> Result<(), CliError> {
    let hub = app::hub(arguments)?;
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
        let package = Package::Repository(known.source.clone(), Some(known));
        let runs = match Family::expected(&package) {
            Ok(_) => String::new(),
            Err(_) => format!("; this version cannot run {}", known.architecture),
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
    let state = if hub.is_installed(&Package::File(model)) { "installed" } else { "not installed" };
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
    let hub = app::hub(&arguments.hub)?;
    let package = installable(&hub, &arguments.model)?;
    let lock = hub.pull(&package, &app::supply(&arguments.hub), &Bar::default())?;
    output::line(hub.path(&package).display())?;
    match (&package, lock) {
        (Package::File(model), _) => tell(format_args!("{package}: {}", model.licence)),
        (_, Some(lock)) => tell(format_args!("{package}: {}", licence(&hub, &lock))),
        (_, None) => {}
    }
    Ok(())
}

fn verify(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = app::hub(&arguments.hub)?;
    let package = hub.find(&arguments.model)?;
    let lock = hub.verify(&package, &Bar::default())?;
    let path = hub.path(&package);
    let path = path.display();
    match lock {
        Some(lock) => {
            output::line(format_args!("{path} matches {} at commit {}", lock.source, lock.revision))
        }
        None => output::line(format_args!("{path} matches the catalogue")),
    }
}

fn path(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = app::hub(&arguments.hub)?;
    let package = installable(&hub, &arguments.model)?;
    let installed = match &package {
        Package::Repository(repository, _) => hub.pulled(repository)?.is_some(),
        package => hub.is_installed(package),
    };
    if !installed {
        let folder = arguments.hub.data_dir();
        let model = arguments.model.to_string();
        return Err(HubError::NotInstalled { model, folder, offline: false }.into());
    }
    output::line(hub.path(&package).display())
}

/// Translates the sentences of the check; a failure when a direction cannot be used.
async fn check(arguments: &CheckArguments) -> Result<ExitCode, CliError> {
    let translator = app::load(&arguments.engine).await?;
    let all = app::check::check(&translator).await?;
    if all.is_empty() {
        tell("the model translates no language pair; nothing was checked");
    }
    for checked in &all {
        output::line(verdict(checked))?;
        let shown = checked.sentences.iter().filter(|_| arguments.full);
        let faulty = checked.faults().filter(|_| !arguments.full);
        for CheckedSentence { source, reference, translation, warnings } in shown.chain(faulty) {
            let warnings: Vec<_> = warnings.iter().map(|warning| warning.contract_name()).collect();
            output::line(format_args!(
                "  source:      {source}\n  translation: {translation}\n  reference:   {reference}\n  warnings:    {}\n",
                if warnings.is_empty() { "none".to_owned() } else { warnings.join(", ") }
            ))?;
        }
    }
    Ok(if all.iter().all(Checked::passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn verdict(checked: &Checked) -> String {
    let Checked { pair, chrf, sentences } = checked;
    let faults = checked.faults().count();
    let verdict = if checked.passed() { "passed" } else { "FAILED" };
    format!(
        "{pair}  {verdict}: chrF {chrf:.1} (at least {LEAST_CHRF}), {faults} of {} sentences with a fault",
        sentences.len()
    )
}

/// The package that a reference names, unless it is the operator's own.
fn installable<'a>(hub: &'a Hub, reference: &ModelReference) -> Result<Package<'a>, CliError> {
    match hub.find(reference)? {
        Package::Own(folder) => Err(CliError::Folder(folder)),
        package => Ok(package),
    }
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
