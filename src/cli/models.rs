//! `triglot models`: lists, fetches and checks models, and sets the default one.

mod list;

use std::{
    fmt::Display,
    io::{Write, stderr},
    process::ExitCode,
};

use super::{CliError, output};
use crate::{
    app::{
        self,
        check::{Checked, CheckedSentence},
        default_model,
        progress::Bar,
    },
    config::{AUTO, CheckArguments, ModelArguments, ModelsCommand, UseArguments},
    hub::{Hub, HubError, Lock, ModelReference, Package},
    wire::ContractName,
};

pub async fn run(command: ModelsCommand) -> Result<ExitCode, CliError> {
    match command {
        ModelsCommand::List(arguments) => list::run(&arguments)?,
        ModelsCommand::Pull(arguments) => pull(&arguments)?,
        ModelsCommand::Verify(arguments) => verify(&arguments)?,
        ModelsCommand::Path(arguments) => path(&arguments)?,
        ModelsCommand::Use(arguments) => choose(&arguments)?,
        ModelsCommand::Check(arguments) => return check(&arguments).await,
    }
    Ok(ExitCode::SUCCESS)
}

fn pull(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = app::hub(&arguments.hub)?;
    let supply = app::supply(&arguments.hub);
    for package in installable(&hub, &arguments.model)? {
        let lock = hub.pull(&package, &supply, &Bar::default())?;
        output::line(hub.path(&package).display())?;
        match (&package, lock) {
            (Package::File(model), _) => note(format_args!("{package}: {}", model.licence)),
            (Package::Bundle(bundle), _) => {
                note(format_args!("{package}: {}", bundle.licence));
                app::try_out(&hub, bundle, &supply)?;
            }
            (_, Some(lock)) => note(format_args!("{package}: {}", licence(&hub, &lock))),
            (_, None) => {}
        }
    }
    Ok(())
}

fn verify(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = app::hub(&arguments.hub)?;
    for member in hub.members(&arguments.model) {
        let package = hub.find(&member)?;
        let lock = hub.verify(&package, &Bar::default())?;
        let path = hub.path(&package);
        let path = path.display();
        match lock {
            Some(lock) => {
                output::line(format_args!("{path} matches {} at commit {}", lock.source, lock.revision))?;
            }
            None => output::line(format_args!("{path} matches the catalogue"))?,
        }
    }
    Ok(())
}

fn path(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = app::hub(&arguments.hub)?;
    for package in installable(&hub, &arguments.model)? {
        let installed = match &package {
            Package::Repository(repository, _) => hub.pulled(repository)?.is_some(),
            package => hub.is_installed(package),
        };
        if !installed {
            let (folder, model) = (arguments.hub.data_dir(), package.to_string());
            return Err(HubError::NotInstalled { model, folder, offline: false }.into());
        }
        output::line(hub.path(&package).display())?;
    }
    Ok(())
}

/// Sets the default model.
fn choose(arguments: &UseArguments) -> Result<(), CliError> {
    let data_dir = arguments.hub.data_dir();
    if matches!(&arguments.model, ModelReference::Named(name) if name == AUTO) {
        default_model::decide(&data_dir, None)?;
        return output::line("the next start chooses the default model");
    }
    let hub = app::hub(&arguments.hub)?;
    let packages =
        hub.members(&arguments.model).iter().map(|member| hub.find(member)).collect::<Result<Vec<_>, _>>()?;
    default_model::decide(&data_dir, Some(&arguments.model))?;
    output::line(format_args!("the default model is now {}", arguments.model))?;
    for package in packages.iter().filter(|package| !hub.is_installed(package)) {
        note(format_args!("{package} is not installed; the next start fetches it"));
    }
    Ok(())
}

/// Runs the check. The exit code is a failure if any direction does not pass.
async fn check(arguments: &CheckArguments) -> Result<ExitCode, CliError> {
    let translator = app::load_unchecked(&arguments.engine).await?;
    let all = app::check::check(&translator).await?;
    if all.is_empty() {
        note("nothing was checked: the model supports no language pair");
    }
    for checked in &all {
        output::line(checked)?;
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

/// The packages that a reference names. The user's own folder is an error.
fn installable<'a>(hub: &'a Hub, reference: &ModelReference) -> Result<Vec<Package<'a>>, CliError> {
    let find = |member: &ModelReference| match hub.find(member)? {
        Package::Own(folder) => Err(CliError::Folder(folder)),
        package => Ok(package),
    };
    hub.members(reference).iter().map(find).collect()
}

/// Prints a note to standard error. A closed standard error is not a failure.
fn note(what: impl Display) {
    let _ = writeln!(stderr(), "{what}");
}

/// The licence of a pulled model, or where to find it.
fn licence(hub: &Hub, lock: &Lock) -> String {
    match hub.licence(lock) {
        licence if licence.is_empty() => "see the model card".to_owned(),
        licence => licence,
    }
}
