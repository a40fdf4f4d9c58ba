//! Opens a GGUF file: maps it and parses its header.

use std::{collections::HashMap, fs::File, io::Cursor, panic::catch_unwind, path::Path};

use candle_core::quantized::gguf_file::{Content, Value};

use super::LoadError;
use crate::model::mapped::MappedFile;

/// Prefix of the metadata keys of the vocabulary.
const VOCABULARY: &str = "tokenizer.";

pub(super) struct GgufFile {
    bytes: MappedFile,
    pub content: Content,
}

impl GgufFile {
    pub(super) fn open(path: &Path) -> Result<Self, LoadError> {
        let bytes = MappedFile::map(&File::open(path)?)?;
        // candle divides by the file's alignment, and panics if it is 0.
        let read = catch_unwind(|| Content::read(&mut Cursor::new(&bytes[..])));
        let content = read.map_err(|_| LoadError::Header)?.map_err(LoadError::Gguf)?;
        Ok(Self { bytes, content })
    }

    pub(super) fn bytes(&self) -> MappedFile {
        self.bytes.clone()
    }

    /// Returns a string of the metadata.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        Some(self.content.metadata.get(key)?.to_string().ok()?)
    }

    /// Moves the metadata of the vocabulary, which is most of the header, out of it.
    pub(super) fn take_vocabulary(&mut self) -> HashMap<String, Value> {
        self.content.metadata.extract_if(|key, _| key.starts_with(VOCABULARY)).collect()
    }

    /// Releases the file's pages from memory: after the load, only single rows of the embedding are read.
    pub(super) fn release(&self) -> Result<(), LoadError> {
        Ok(self.bytes.release()?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn open(alignment: u32) -> Result<GgufFile, LoadError> {
        const KEY: &[u8] = b"general.alignment";
        const UNSIGNED: u32 = 4;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        // Magic, version, no tensors, one entry.
        file.write_all(b"GGUF").unwrap();
        file.write_all(&3u32.to_le_bytes()).unwrap();
        for count in [0, 1, KEY.len() as u64] {
            file.write_all(&count.to_le_bytes()).unwrap();
        }
        file.write_all(KEY).unwrap();
        file.write_all(&UNSIGNED.to_le_bytes()).unwrap();
        file.write_all(&alignment.to_le_bytes()).unwrap();
        GgufFile::open(file.path())
    }

    #[test]
    fn an_alignment_of_zero_is_refused() {
        assert!(open(32).is_ok());
        assert!(matches!(open(0), Err(LoadError::Header)));
    }
}
