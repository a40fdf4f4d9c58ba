//! Reads files that may be compressed with gzip or Zstandard. The file extension tells which.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    ops::Deref,
    path::Path,
};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

use super::LoadError;
use crate::model::{ModelError, mapped::MappedFile};

/// The decompressed content of a file.
pub(super) enum Content {
    Mapped(MappedFile),
    Unpacked(Vec<u8>),
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(bytes) => bytes,
            Self::Unpacked(bytes) => bytes,
        }
    }
}

/// Reads a file.
///
/// # Errors
/// When it is damaged, or larger than `most` bytes after decompression.
pub(super) fn read(path: &Path, most: u64) -> Result<Content, LoadError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let wrong = |what: String| LoadError::from(ModelError::Format(format!("{name} {what}")));
    let file = File::open(path)?;
    let damaged = |error: io::Error| wrong(format!("cannot be decompressed: {error}"));
    let content = match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => {
            Content::Unpacked(unpack(MultiGzDecoder::new(BufReader::new(file)), most).map_err(damaged)?)
        }
        Some("zst") => {
            let decoder = StreamingDecoder::new(BufReader::new(file));
            let decoder = decoder.map_err(|error| damaged(io::Error::other(error)))?;
            Content::Unpacked(unpack(decoder, most).map_err(damaged)?)
        }
        _ if file.metadata()?.len() == 0 => Content::Unpacked(Vec::new()),
        _ => Content::Mapped(MappedFile::map(&file)?),
    };
    match content.len() as u64 > most {
        true => Err(wrong(format!("is larger than the limit of {most} bytes"))),
        false => Ok(content),
    }
}

/// Decompresses at most `most + 1` bytes, so that the caller can detect files that are too large.
fn unpack(reader: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    reader.take(most + 1).read_to_end(&mut content)?;
    Ok(content)
}
