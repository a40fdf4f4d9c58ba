//! Reads the small files in a model's folder. They are untrusted, so their size is limited.

use std::{fs::File, io::Read, path::Path};

use super::LoadError;
use crate::model::ModelError;

/// Size limit, in bytes. Vocabularies have a few million bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Reads a file; `None` if it does not exist.
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

/// Reads a UTF-8 file; `None` if it does not exist.
pub(super) fn text(folder: &Path, name: &'static str) -> Result<Option<String>, LoadError> {
    let text = bytes(folder, name)?.map(String::from_utf8).transpose();
    Ok(text.map_err(|_| ModelError::Format(format!("{name} is not UTF-8 text")))?)
}

/// Returns the content of a required file.
pub(super) fn required<T>(name: &'static str, content: Option<T>) -> Result<T, LoadError> {
    content.ok_or_else(|| ModelError::Format(format!("{name} is missing")).into())
}
