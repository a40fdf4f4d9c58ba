//! What the translation of a sentence should say in a certain way, beside its facts: the caller's terms, and the names of the
//! document.

/// The wishes for one sentence. They hold on every hop where they can be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Stems of the words that are names in this document, sorted.
    pub names: Vec<String>,
}

impl Wanted {
    /// The bytes that tell it from another one, for the memory.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(String::as_bytes)
    }
}
