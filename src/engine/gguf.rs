//! A GGUF file: mapped, and its header read.

use std::{collections::HashMap, fs::File, io::Cursor, panic::catch_unwind, path::Path, sync::Arc};

use candle_core::quantized::gguf_file::{Content, Value};
use memmap2::{Mmap, UncheckedAdvice};

use super::LoadError;

/// What the keys of the vocabulary begin with.
const VOCABULARY: &str = "tokenizer.";

pub(super) struct GgufFile {
    bytes: Arc<Mmap>,
    pub content: Content,
}

impl GgufFile {
    pub(super) fn open(path: &Path) -> Result<Self, LoadError> {
        // SAFETY: the file lies in the data folder, where files are only ever replaced by renaming, or it is the operator's;
        // one that is changed in place under a running server would change its weights, which is the operator's doing.
        let bytes = Arc::new(unsafe { Mmap::map(&File::open(path)?)? });
        // candle divides by the alignment that the file names, be it 0.
        let read = catch_unwind(|| Content::read(&mut Cursor::new(&bytes[..])));
        let content = read.map_err(|_| LoadError::Header)?.map_err(LoadError::Gguf)?;
        Ok(Self { bytes, content })
    }

    pub(super) fn bytes(&self) -> Arc<Mmap> {
        Arc::clone(&self.bytes)
    }

    /// A text of the metadata.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        Some(self.content.metadata.get(key)?.to_string().ok()?)
    }

    /// The metadata of the vocabulary, which are most of the header; they are gone from it then.
    pub(super) fn take_vocabulary(&mut self) -> HashMap<String, Value> {
        self.content.metadata.extract_if(|key, _| key.starts_with(VOCABULARY)).collect()
    }

    /// Gives the pages of the file back: from here on only single rows of the embedding are read.
    pub(super) fn release(&self) -> Result<(), LoadError> {
        // SAFETY: the mapping is shared and never written to, so a page that is dropped is read again.
        Ok(unsafe { self.bytes.unchecked_advise(UncheckedAdvice::DontNeed) }?)
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
    fn a_file_with_a_senseless_alignment_is_refused() {
        assert!(open(32).is_ok());
        assert!(matches!(open(0), Err(LoadError::Header)));
    }
}
