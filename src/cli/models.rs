//! `triglot models`: what there is, what is here, and getting it here.

use std::process::ExitCode;

use super::{CliError, progress::Bar, start};
use crate::{
    config::{HubArguments, ModelArguments, ModelsCommand},
    hub::HubError,
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
    for model in hub.models() {
        let state = if hub.is_installed(model) { "installed" } else { "not installed" };
        println!("{} ({state})", model.name);
        println!("  {}, {:.0} MB", model.title, model.file.bytes as f64 / 1e6);
        println!("  pairs:   {}", model.pairs.join(" "));
        println!("  licence: {}", model.licence);
        println!("  sha256:  {}", model.file.sha256);
        for adapter in hub.adapters(model) {
            let default = if model.adapter.as_deref() == Some(&adapter.name) { " (default)" } else { "" };
            println!("  adapter: {}{default}", adapter.name);
            println!("    {}", adapter.title);
            println!("    licence: {}", adapter.licence);
        }
    }
    Ok(())
}

fn pull(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = start::hub(&arguments.hub)?;
    let model = hub.model(&arguments.name)?;
    let path = hub.ready(model, arguments.hub.offline, &start::fetch(&arguments.hub), &Bar::default())?;
    println!("{}", path.display());
    eprintln!("{}: {}", model.name, model.licence);
    Ok(())
}

fn verify(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = start::hub(&arguments.hub)?;
    let path = hub.verify(hub.model(&arguments.name)?, &Bar::default())?;
    println!("{} is what the catalogue describes", path.display());
    Ok(())
}

fn path(arguments: &ModelArguments) -> Result<(), CliError> {
    let hub = start::hub(&arguments.hub)?;
    let model = hub.model(&arguments.name)?;
    if !hub.is_installed(model) {
        let folder = arguments.hub.data_dir();
        return Err(HubError::NotInstalled { model: model.name.clone(), folder, offline: false }.into());
    }
    println!("{}", hub.path(model).display());
    Ok(())
}
