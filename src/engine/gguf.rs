//! A GGUF file: mapped, and its header read.

use std::{collections::HashMap, fs::File, io::Cursor, path::Path, sync::Arc};

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
        let content = Content::read(&mut Cursor::new(&bytes[..])).map_err(LoadError::Gguf)?;
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
