//! Finds the files of a Firefox model in a folder by the names that Mozilla publishes them under, such as
//! `model.enfr.intgemm.alphas.bin`, `vocab.enfr.spm` and `lex.50.50.enfr.s2t.bin`. Each file may be compressed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::HubError;

/// Compression suffixes. If a file exists with several of them, the first one wins.
const PACKED: [&str; 3] = ["", ".zst", ".gz"];
/// Most folder entries that are read.
const MAX_ENTRIES: usize = 1000;

/// The files of a model, which translates one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BergamotFiles {
    pub model: PathBuf,
    /// The vocabulary of the source, or of both languages.
    pub vocabulary: PathBuf,
    /// The vocabulary of the target, if it is a separate one.
    pub target_vocabulary: Option<PathBuf>,
    pub shortlist: Option<PathBuf>,
    /// The languages in the name of the model file, such as `enfr`.
    pub languages: String,
}

/// A file; `name` lacks the compression suffix, whose index in [`PACKED`] is `packed`.
struct Found {
    name: String,
    packed: usize,
    path: PathBuf,
}

impl BergamotFiles {
    /// The value of [`ModelFiles::architecture`](super::ModelFiles::architecture) for these models.
    pub const ARCHITECTURE: &str = "bergamot";

    /// Finds the files in a folder; `None` if it has no such model.
    ///
    /// # Errors
    /// When the folder cannot be read, has several models, or lacks a vocabulary.
    pub fn find(folder: &Path) -> Result<Option<Self>, HubError> {
        let mut all = Vec::new();
        for entry in fs::read_dir(folder).map_err(HubError::io(folder))?.take(MAX_ENTRIES) {
            let path = entry.map_err(HubError::io(folder))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let packed = (1..PACKED.len()).find(|packed| name.ends_with(PACKED[*packed])).unwrap_or_default();
            let name = name.strip_suffix(PACKED[packed]).unwrap_or(name).to_owned();
            all.push(Found { name, packed, path });
        }
        all.sort_by(|a, b| (&a.name, a.packed).cmp(&(&b.name, b.packed)));
        all.dedup_by(|a, b| a.name == b.name);
        let wrong = |reason: &str| HubError::Altered { path: folder.to_owned(), reason: reason.to_owned() };
        let one = |start: &str, ends: &[&str]| {
            let is = |found: &&Found| {
                found.name.starts_with(start) && ends.iter().any(|end| found.name.ends_with(end))
            };
            let mut matching = all.iter().filter(is);
            match (matching.next(), matching.next()) {
                (found, None) => Ok(found),
                _ => Err(wrong(&format!("it has several files {start}*; keep only the files of one model"))),
            }
        };
        let Some(model) = one("model.", &[".bin", ".npz"])? else { return Ok(None) };
        let path = |found: Option<&Found>| found.map(|found| found.path.clone());
        let (shared, source) = (path(one("vocab.", &[".spm"])?), path(one("srcvocab.", &[".spm"])?));
        let target = path(one("trgvocab.", &[".spm"])?);
        let (vocabulary, target_vocabulary) = match (shared, source, target) {
            (Some(shared), None, None) => (shared, None),
            (None, Some(source), Some(target)) => (source, Some(target)),
            _ => return Err(wrong("it needs vocab.*.spm, or srcvocab.*.spm and trgvocab.*.spm")),
        };
        Ok(Some(Self {
            model: model.path.clone(),
            vocabulary,
            target_vocabulary,
            shortlist: path(one("lex.", &[".bin"])?),
            languages: model.name.split('.').nth(1).unwrap_or_default().to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[&str]) -> Result<Option<BergamotFiles>, HubError> {
        let folder = tempfile::tempdir().unwrap();
        names.iter().for_each(|name| fs::write(folder.path().join(name), b"").unwrap());
        BergamotFiles::find(folder.path())
    }

    fn name(path: &Path) -> &str {
        path.file_name().unwrap().to_str().unwrap()
    }

    #[test]
    fn files_are_found_by_their_names() {
        let mozilla =
            ["model.enfr.intgemm.alphas.bin", "vocab.enfr.spm", "lex.50.50.enfr.s2t.bin", "metadata.json"];
        let found = find(&mozilla).unwrap().unwrap();
        assert_eq!(found.languages, "enfr");
        assert_eq!(name(&found.shortlist.unwrap()), mozilla[2]);
        let two = ["model.enja.intgemm8.bin.gz", "srcvocab.enja.spm.gz", "trgvocab.enja.spm.zst"];
        let found = find(&two).unwrap().unwrap();
        assert_eq!((name(&found.model), name(&found.target_vocabulary.unwrap())), (two[0], two[2]));
        assert_eq!(found.shortlist, None);
        let both =
            find(&["model.enfr.bin", "model.enfr.bin.gz", "vocab.spm.gz", "vocab.spm.zst"]).unwrap().unwrap();
        assert_eq!((name(&both.model), name(&both.vocabulary)), ("model.enfr.bin", "vocab.spm.zst"));
    }

    #[test]
    fn missing_and_ambiguous_files_are_errors() {
        assert_eq!(find(&["model.safetensors", "pytorch_model.bin", "vocab.json"]).unwrap(), None);
        assert!(find(&["model.enfr.bin"]).is_err());
        assert!(find(&["model.enfr.bin", "srcvocab.enfr.spm"]).is_err());
        assert!(find(&["model.enfr.bin", "model.fren.bin", "vocab.enfr.spm"]).is_err());
    }
}
