//! `triglot glossary`: manages the registered glossaries of a server or of a file.

use std::{
    io::{BufWriter, stdout},
    process::ExitCode,
};

use super::{CliError, output, terms};
use crate::{
    client::Glossaries,
    config::{
        GlossaryCommand, GlossaryDeleteArguments, GlossaryExportArguments, GlossaryImportArguments,
        GlossaryListArguments, GlossaryPlaceArguments,
    },
    fidelity::terms::tbx,
    glossary::{GlossaryError, GlossaryFile, Heading, Registered},
    lang::Pair,
};

pub async fn run(command: GlossaryCommand) -> Result<ExitCode, CliError> {
    match command {
        GlossaryCommand::Import(arguments) => import(arguments).await?,
        GlossaryCommand::Export(arguments) => export(arguments).await?,
        GlossaryCommand::List(arguments) => list(arguments).await?,
        GlossaryCommand::Delete(GlossaryDeleteArguments { name, place }) => {
            open(place).await?.delete(&name).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(arguments: GlossaryImportArguments) -> Result<(), CliError> {
    let GlossaryImportArguments { name, path, from, to, replace, place } = arguments;
    if from == to {
        return Err(CliError::OneLanguage(from));
    }
    let pair = Pair { source: from, target: to };
    let new = terms::file(&path, Some(from), to)?;
    let read = new.len();
    let mut glossaries = open(place).await?;
    let heading = match glossaries.get(&name).await? {
        None => glossaries.put(&name, pair, new, 0).await?,
        Some(Registered { heading, .. }) if replace => {
            glossaries.put(&name, pair, new, heading.revision).await?
        }
        Some(Registered { heading, .. }) if heading.pair != pair => {
            return Err(CliError::OtherPair { name, pair: heading.pair });
        }
        Some(_) => glossaries.add(&name, new).await?,
    };
    let Heading { terms, revision, .. } = heading;
    output::line(format_args!("{read} terms read: {name} has {terms} terms and revision {revision}"))
}

async fn export(GlossaryExportArguments { name, place }: GlossaryExportArguments) -> Result<(), CliError> {
    let Registered { heading, terms } =
        open(place).await?.get(&name).await?.ok_or(GlossaryError::Unknown(name))?;
    let out = BufWriter::new(stdout().lock());
    tbx::write(out, heading.name.as_str(), heading.pair, &terms).map_err(CliError::Output)
}

async fn list(GlossaryListArguments { place }: GlossaryListArguments) -> Result<(), CliError> {
    for Heading { name, pair, revision, terms } in open(place).await?.list().await? {
        output::line(format_args!("{name}\t{pair}\t{terms} terms\trevision {revision}"))?;
    }
    Ok(())
}

async fn open(
    GlossaryPlaceArguments { remote, file }: GlossaryPlaceArguments,
) -> Result<Glossaries, CliError> {
    match (remote.server(), file.glossary_file) {
        (Some(server), _) => Ok(Glossaries::connect(&server).await?),
        (None, Some(path)) => Ok(Glossaries::File(GlossaryFile::open(&path)?)),
        (None, None) => Err(CliError::NoGlossaries),
    }
}
