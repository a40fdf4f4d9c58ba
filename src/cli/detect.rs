//! `triglot detect`: the language of a text, as its code, or "foreign" or "unknown".

use std::process::ExitCode;

use super::{CliError, input};
use crate::{
    config::InputArguments,
    text::{Detection, detect},
    translate::DETECTION_BYTES,
};

/// Exit code when the text is in none of the three languages or cannot be told.
const NOT_TOLD: u8 = 2;

pub fn run(arguments: &InputArguments) -> Result<ExitCode, CliError> {
    let head = input::head(&arguments.file, DETECTION_BYTES as u64)?;
    Ok(match detect(&String::from_utf8_lossy(&head)) {
        Detection::Known { language, confidence } => {
            println!("{language} {confidence:.2}");
            ExitCode::SUCCESS
        }
        Detection::Foreign => {
            println!("foreign");
            ExitCode::from(NOT_TOLD)
        }
        Detection::Unknown => {
            println!("unknown");
            ExitCode::from(NOT_TOLD)
        }
    })
}
