//! `triglot memory`: imports and exports the units of a memory file as TMX.

use std::{
    fs::File,
    io::{BufWriter, stdout},
    path::PathBuf,
    process::ExitCode,
};

use super::{CliError, output};
use crate::{
    app::progress,
    config::{ExportArguments, ImportArguments, MemoryCommand, MemoryFileArguments},
    memory::{
        Imported, MemoryFile,
        tmx::{Units, Writer},
    },
};

pub fn run(command: MemoryCommand) -> Result<ExitCode, CliError> {
    match command {
        MemoryCommand::Import(arguments) => import(arguments)?,
        MemoryCommand::Export(arguments) => export(&arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn import(ImportArguments { path, replace, file }: ImportArguments) -> Result<(), CliError> {
    let failed = |error| CliError::File { path: path.clone(), error };
    let read = File::open(&path).map_err(failed)?;
    let bytes = read.metadata().map_err(failed)?.len();
    let memory = open(&file)?;
    let bar = progress::bar(Some(bytes));
    bar.set_message("importing");
    let mut units = Units::new(bar.wrap_read(read));
    let wrong = |error| CliError::Tmx { path: path.clone(), error };
    let imported = memory.import(units.by_ref().map(|unit| unit.map_err(wrong)), replace)?;
    bar.finish_and_clear();
    let Imported { added, known } = imported;
    let read = units.elements();
    output::line(format_args!("{read} units read: {added} translations added, {known} were there"))
}

fn export(ExportArguments { file }: &ExportArguments) -> Result<(), CliError> {
    let memory = open(file)?;
    let mut writer = Writer::new(BufWriter::new(stdout().lock())).map_err(CliError::Output)?;
    memory.export(|unit| writer.unit(&unit).map_err(CliError::Output))?;
    writer.end().map_err(CliError::Output)
}

fn open(
    MemoryFileArguments { memory_file, memory_file_bytes }: &MemoryFileArguments,
) -> Result<MemoryFile, CliError> {
    let path: &PathBuf = memory_file.as_ref().ok_or(CliError::NoMemoryFile)?;
    Ok(MemoryFile::open(path, *memory_file_bytes)?)
}
