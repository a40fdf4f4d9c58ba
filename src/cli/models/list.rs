//! `triglot models list`: lists the models of the catalogue and other pulled models.

use std::io::{self, Write};

use super::licence;
use crate::{
    app::{self, default_model},
    cli::{CliError, output},
    config::HubArguments,
    hub::{Bundle, Hub, Lock, Model, Package},
    loader::Family,
};

/// Lists the models.
pub(super) fn run(arguments: &HubArguments) -> Result<(), CliError> {
    let hub = app::hub(arguments)?;
    let default = default_model::decided(&arguments.data_dir())?;
    output::write(|out| {
        list_all(out, &hub)?;
        match &default {
            Some(model) => writeln!(out, "default: {model}"),
            None => writeln!(out, "default: chosen by the next start without --model"),
        }
    })
}

fn list_all(out: &mut impl Write, hub: &Hub) -> io::Result<()> {
    for model in hub.models() {
        list_file(out, hub, model)?;
    }
    for group in hub.groups() {
        writeln!(out, "{}", group.name)?;
        writeln!(out, "  {}", group.title)?;
        writeln!(out, "  models:  {}", group.models.join(" "))?;
    }
    for bundle in hub.bundles() {
        list_bundle(out, hub, bundle)?;
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

fn list_bundle(out: &mut impl Write, hub: &Hub, bundle: &Bundle) -> io::Result<()> {
    let state = match (hub.is_installed(&Package::Bundle(bundle)), hub.is_checked(bundle)) {
        (false, _) => "not installed",
        (true, false) => "installed, not checked yet",
        (true, true) => "installed",
    };
    writeln!(out, "{} ({state})", bundle.name)?;
    writeln!(out, "  {}, {:.0} MB", bundle.title, bundle.bytes() as f64 / 1e6)?;
    writeln!(out, "  pairs:   {}", bundle.pair)?;
    writeln!(out, "  licence: {}", bundle.licence)?;
    writeln!(out, "  source:  {}, or Mozilla's service", bundle.mirror)
}

/// Prints the commit and the weights of an installed repository.
fn list_lock(out: &mut impl Write, lock: &Lock) -> io::Result<()> {
    writeln!(out, "  commit:  {}, {:.0} MB", lock.revision, lock.bytes() as f64 / 1e6)?;
    if let Some(weights) = lock.weights() {
        writeln!(out, "  sha256:  {} ({})", weights.sha256, weights.name)?;
    }
    Ok(())
}
