//! The files beside the weights in a model's folder, which may be anything.

use std::{fs::File, io::Read, path::Path};

use super::LoadError;
use crate::model::ModelError;

/// Largest file beside the weights, in bytes; vocabularies have a few million.
const MAX_BYTES: u64 = 64 << 20;

/// The content of a file, if there is one.
pub(super) fn bytes(folder: &Path, name: &'static str) -> Result<Option<Vec<u8>>, LoadError> {
    let file = match File::open(folder.join(name)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut content = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_BYTES {
        return Err(
            ModelError::Format(format!("{name} is larger than the limit of {MAX_BYTES} bytes")).into()
        );
    }
    Ok(Some(content))
}

/// The same, as text.
pub(super) fn text(folder: &Path, name: &'static str) -> Result<Option<String>, LoadError> {
    let text = bytes(folder, name)?.map(String::from_utf8).transpose();
    Ok(text.map_err(|_| ModelError::Format(format!("{name} is not UTF-8 text")))?)
}

/// What a model cannot do without.
pub(super) fn required<T>(name: &'static str, content: Option<T>) -> Result<T, LoadError> {
    content.ok_or_else(|| ModelError::Format(format!("{name} is missing")).into())
}
