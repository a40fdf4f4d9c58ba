//! A model's file in memory: mapped, so that its pages are shared between processes and are not read before they are used.

#![expect(unsafe_code, reason = "a mapped file is only as constant as whoever may write to it leaves it")]

use std::{fs::File, io, ops::Deref, sync::Arc};

use memmap2::{Mmap, UncheckedAdvice};

/// The bytes of a file. Cheap to clone.
#[derive(Clone)]
pub struct MappedFile(Arc<Mmap>);

impl MappedFile {
    /// Maps a model's file, which nobody may change while it is mapped.
    pub fn map(file: &File) -> io::Result<Self> {
        // SAFETY: a file in the data folder is only ever replaced by renaming, which leaves a mapped one as it is. Any other
        // is the operator's; who changes it in place under a running server changes the model's weights.
        unsafe { Mmap::map(file) }.map(|bytes| Self(Arc::new(bytes)))
    }

    /// Gives the pages that were read back to the system, which reads them again when they are used again.
    pub fn release(&self) -> io::Result<()> {
        // SAFETY: the mapping is shared with the file and never written to, so a page that is dropped is read again.
        unsafe { self.0.unchecked_advise(UncheckedAdvice::DontNeed) }
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
