//! `triglot detect`: prints the language of a text as its code, or "foreign" or "unknown".

use std::process::ExitCode;

use super::{CliError, input, output};
use crate::{
    config::InputArguments,
    text::{DETECTION_BYTES, Detection, detect},
};

/// Exit code for a text in another language or in an unknown one.
const NOT_DETECTED: u8 = 2;

pub fn run(arguments: &InputArguments) -> Result<ExitCode, CliError> {
    let head = input::head(&arguments.file, DETECTION_BYTES as u64)?;
    match detect(&String::from_utf8_lossy(&head)) {
        Detection::Known { language, confidence } => {
            output::line(format_args!("{language} {confidence:.2}"))?;
            Ok(ExitCode::SUCCESS)
        }
        Detection::Foreign => {
            output::line("foreign")?;
            Ok(ExitCode::from(NOT_DETECTED))
        }
        Detection::Unknown => {
            output::line("unknown")?;
            Ok(ExitCode::from(NOT_DETECTED))
        }
    }
}
