//! Memory-maps a model's file: processes share its pages, and the system reads a page on its first use.

#![expect(unsafe_code, reason = "another process can change a mapped file")]

use std::{fs::File, io, ops::Deref, sync::Arc};

use memmap2::{Mmap, UncheckedAdvice};

/// The bytes of a file. Cheap to clone.
#[derive(Clone)]
pub struct MappedFile(Arc<Mmap>);

impl MappedFile {
    /// Maps a model's file. No process may change the file while it is mapped.
    pub fn map(file: &File) -> io::Result<Self> {
        // SAFETY: triglot replaces a file in the data folder only by renaming, which does not change a mapped file. Other files
        // belong to the operator, who must not change them in place under a running server.
        unsafe { Mmap::map(file) }.map(|bytes| Self(Arc::new(bytes)))
    }

    /// Releases the pages that were read. The system reads them again on the next use.
    pub fn release(&self) -> io::Result<()> {
        // SAFETY: the mapping is backed by the file and never written, so the system reads a dropped page again.
        unsafe { self.0.unchecked_advise(UncheckedAdvice::DontNeed) }
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
