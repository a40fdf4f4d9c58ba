//! The tensors of a checkpoint from Hugging Face: `model.safetensors` or `pytorch_model.bin`.
//!
//! In both, a tensor is a range of bytes in a mapped file. It is converted while it is read: a vector as a whole, a matrix a
//! few rows at a time. From a `.bin`, only the list of tensors is unpickled; the file stores the elements unpacked.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Cursor, Read},
    ops::Range,
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::{
    ModelError,
    int8::Source,
    mapped::MappedFile,
    pickle::{self, PickleError, Tensor},
};

/// The largest list of tensors in a `.bin`, in bytes; a list of 10,000 tensors has a fifth of this.
const MAX_PICKLE: u64 = 8 << 20;

/// The first bytes of a file from torch before 1.6: a pickle of a number.
const LEGACY: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// Why a checkpoint cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("the folder has neither model.safetensors nor pytorch_model.bin")]
    Missing,
    #[error("cannot read {name}: {error}")]
    Read { name: &'static str, error: io::Error },
    #[error("model.safetensors is damaged: {0}")]
    SafeTensors(#[from] SafeTensorError),
    #[error("pytorch_model.bin is not a torch file: {0}")]
    Zip(#[from] ZipError),
    #[error("the list of tensors in pytorch_model.bin is damaged: {0}")]
    Pickle(#[from] PickleError),
    #[error("pytorch_model.bin is damaged: {0}")]
    Damaged(&'static str),
}

/// The type of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    F32,
    F16,
    BF16,
}

struct Entry {
    /// `None`: not a type for weights.
    element: Option<Element>,
    shape: Vec<usize>,
    bytes: Range<usize>,
}

/// A mapped checkpoint.
pub struct Checkpoint {
    file: MappedFile,
    handle: Arc<File>,
    tensors: HashMap<String, Entry>,
}

/// A matrix `[outputs, columns]` of a checkpoint.
#[derive(Clone)]
pub struct FileMatrix {
    file: MappedFile,
    handle: Arc<File>,
    element: Element,
    start: usize,
    outputs: usize,
    columns: usize,
}

impl Checkpoint {
    /// Opens the checkpoint in a folder. If there are both files, it reads `model.safetensors`.
    pub fn open(folder: &Path) -> Result<Self, CheckpointError> {
        const SAFETENSORS: &str = "model.safetensors";
        const BIN: &str = "pytorch_model.bin";
        for (name, read) in [(SAFETENSORS, safetensors as fn(&[u8]) -> _), (BIN, torch)] {
            let path = folder.join(name);
            if path.is_file() {
                let unreadable = |error| CheckpointError::Read { name, error };
                let handle = File::open(&path).map_err(unreadable)?;
                let file = MappedFile::map(&handle).map_err(unreadable)?;
                let tensors = read(&file)?;
                return Ok(Self { file, handle: Arc::new(handle), tensors });
            }
        }
        Err(CheckpointError::Missing)
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.file
    }

    /// Whether there is a tensor with this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Releases the pages that were read. The system reads them again on the next use.
    pub fn release(&self) -> io::Result<()> {
        self.file.release()
    }

    /// The type and bytes of a tensor with this shape.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<(Element, Range<usize>), ModelError> {
        let entry = self.tensors.get(name).ok_or_else(|| ModelError::Format(format!("{name} is missing")))?;
        if entry.shape != shape {
            return Err(ModelError::Format(format!("{name} has the shape {:?}, not {shape:?}", entry.shape)));
        }
        let element = entry
            .element
            .ok_or_else(|| ModelError::Format(format!("the type of {name} is not supported")))?;
        let length =
            shape.iter().try_fold(element.bytes(), |all, size| all.checked_mul(*size)).unwrap_or(usize::MAX);
        if entry.bytes.len() != length || entry.bytes.end > self.file.len() {
            return Err(ModelError::Format(format!("{name} lies outside the file")));
        }
        Ok((element, entry.bytes.clone()))
    }

    /// A vector, or a matrix of one row.
    pub fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, ModelError> {
        let row = self.tensors.get(name).is_some_and(|entry| entry.shape.len() == 2);
        let shape = [1, length];
        let (element, bytes) = self.tensor(name, if row { &shape } else { &shape[1..] })?;
        let values = element.read(&self.file[bytes]);
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(ModelError::Format(format!("{name} has a value that is not a finite number"))),
        }
    }

    /// A matrix `[outputs, columns]`.
    pub fn matrix(&self, name: &str, outputs: usize, columns: usize) -> Result<FileMatrix, ModelError> {
        let (element, bytes) = self.tensor(name, &[outputs, columns])?;
        Ok(FileMatrix {
            file: self.file.clone(),
            handle: Arc::clone(&self.handle),
            element,
            start: bytes.start,
            outputs,
            columns,
        })
    }
}

impl Element {
    fn bytes(self) -> usize {
        match self {
            Element::F32 => 4,
            Element::F16 | Element::BF16 => 2,
        }
    }

    fn read(self, bytes: &[u8]) -> Vec<f32> {
        let halves = || bytes.as_chunks::<2>().0.iter();
        match self {
            Element::F32 => bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            Element::F16 => halves().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect(),
            Element::BF16 => halves().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect(),
        }
    }
}

impl FileMatrix {
    /// A single row. It is read from the file and not from the mapping, whose pages would stay in memory.
    pub fn row(&self, index: usize) -> Result<Vec<f32>, ModelError> {
        if index >= self.outputs {
            return Err(ModelError::Unknown(index));
        }
        let mut bytes = vec![0; self.columns * self.element.bytes()];
        let start = self.start + index * bytes.len();
        let read = self.handle.read_exact_at(&mut bytes, start as u64);
        read.map_err(|error| CheckpointError::Read { name: "the checkpoint", error })?;
        Ok(self.element.read(&bytes))
    }
}

impl Source for FileMatrix {
    fn outputs(&self) -> usize {
        self.outputs
    }

    fn levels(&self) -> f32 {
        127.0
    }

    fn is_free(&self) -> bool {
        true
    }

    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError> {
        if rows.start > rows.end || rows.end > self.outputs {
            return Err(ModelError::Unknown(rows.end));
        }
        let row = self.columns * self.element.bytes();
        Ok(self.element.read(&self.file[self.start + rows.start * row..self.start + rows.end * row]))
    }
}

fn safetensors(file: &[u8]) -> Result<HashMap<String, Entry>, CheckpointError> {
    let (header, metadata) = SafeTensors::read_metadata(file)?;
    let start = size_of::<u64>() + header;
    let entry = |(name, info): (String, &safetensors::tensor::TensorInfo)| {
        let element = match info.dtype {
            Dtype::F32 => Some(Element::F32),
            Dtype::F16 => Some(Element::F16),
            Dtype::BF16 => Some(Element::BF16),
            _ => None,
        };
        let (from, to) = info.data_offsets;
        (name, Entry { element, shape: info.shape.clone(), bytes: start + from..start + to })
    };
    Ok(metadata.tensors().into_iter().map(entry).collect())
}

/// Reads what `torch.save` writes for a dictionary of tensors: a zip archive with a pickle and a file for each storage, or,
/// before torch 1.6, several pickles and then all storages.
fn torch(file: &[u8]) -> Result<HashMap<String, Entry>, CheckpointError> {
    if file.starts_with(LEGACY) { legacy(file) } else { archive(file) }
}

fn archive(file: &[u8]) -> Result<HashMap<String, Entry>, CheckpointError> {
    let mut archive = ZipArchive::new(Cursor::new(file))?;
    let list = {
        let mut names = archive.file_names().flatten();
        names.find(|name| name.ends_with("/data.pkl")).map(|name| name.into_owned())
    };
    let list = list.ok_or(CheckpointError::Damaged("the list of tensors is missing"))?;
    let folder = list.trim_end_matches(".pkl");
    let mut content = Vec::new();
    archive.by_name(&list)?.take(MAX_PICKLE + 1).read_to_end(&mut content).map_err(ZipError::Io)?;
    if content.len() as u64 > MAX_PICKLE {
        return Err(CheckpointError::Damaged("the list of tensors is too long"));
    }
    let mut storage = |tensor: &Tensor| {
        let storage = archive.by_name(&format!("{folder}/{}", tensor.storage))?;
        let start = storage.data_start().and_then(|start| usize::try_from(start).ok());
        let end =
            start.zip(usize::try_from(storage.size()).ok()).and_then(|(start, size)| start.checked_add(size));
        match start.zip(end) {
            Some((start, end)) if storage.compression() == CompressionMethod::Stored => Ok(start..end),
            _ => Err(CheckpointError::Damaged("its tensors are compressed")),
        }
    };
    let tensors = pickle::read(&content)?.tensors;
    tensors.into_iter().map(|(name, tensor)| entry(&name, &tensor, storage(&tensor)?, file)).collect()
}

fn legacy(file: &[u8]) -> Result<HashMap<String, Entry>, CheckpointError> {
    // The pickles after the first: the version, the machine, the dictionary, the names of the storages.
    let mut rest = &file[LEGACY.len()..];
    let mut next = || {
        let content = pickle::read(&rest[..rest.len().min(MAX_PICKLE as usize)])?;
        rest = &rest[content.length..];
        Ok::<_, CheckpointError>(content)
    };
    next()?;
    next()?;
    let tensors = next()?.tensors;
    let names = next()?.texts;
    let widths: HashMap<_, _> = tensors.iter().map(|(_, tensor)| (&*tensor.storage, width(tensor))).collect();
    let mut storages = HashMap::new();
    for name in names {
        let outside = || CheckpointError::Damaged("a tensor lies outside the file");
        let (count, numbers) = rest.split_first_chunk().ok_or_else(outside)?;
        let width = widths.get(&*name).copied().flatten();
        let width = width.ok_or(CheckpointError::Damaged("a storage has no known type"))?;
        let size = usize::try_from(i64::from_le_bytes(*count)).ok();
        let size = size.and_then(|count| count.checked_mul(width)).ok_or_else(outside)?;
        let start = file.len() - numbers.len();
        rest = numbers.get(size..).ok_or_else(outside)?;
        storages.insert(name, start..start + size);
    }
    let entry = |(name, tensor): (std::rc::Rc<str>, std::rc::Rc<Tensor>)| {
        let storage = storages.get(&*tensor.storage).cloned();
        entry(&name, &tensor, storage.ok_or(CheckpointError::Damaged("a storage is missing"))?, file)
    };
    tensors.into_iter().map(entry).collect()
}

/// The type of a storage: "Float" in "torch.FloatStorage".
fn kind(tensor: &Tensor) -> Option<&str> {
    tensor.class.strip_prefix("torch.").unwrap_or(&tensor.class).strip_suffix("Storage")
}

fn element(tensor: &Tensor) -> Option<Element> {
    match kind(tensor)? {
        "Float" => Some(Element::F32),
        "Half" => Some(Element::F16),
        "BFloat16" => Some(Element::BF16),
        _ => None,
    }
}

/// Bytes of an element, for every type of storage in torch.
fn width(tensor: &Tensor) -> Option<usize> {
    match kind(tensor)? {
        "Double" | "Long" => Some(8),
        "Float" | "Int" => Some(4),
        "Half" | "BFloat16" | "Short" => Some(2),
        "Byte" | "Char" | "Bool" => Some(1),
        _ => None,
    }
}

/// The entry of a tensor in this storage, checked against the storage and the file.
fn entry(
    name: &str,
    tensor: &Tensor,
    storage: Range<usize>,
    file: &[u8],
) -> Result<(String, Entry), CheckpointError> {
    let element = element(tensor);
    let width = width(tensor).ok_or(CheckpointError::Damaged("a storage has no known type"))?;
    let start = tensor.offset.checked_mul(width).and_then(|offset| offset.checked_add(storage.start));
    let length = tensor.shape.iter().try_fold(width, |all, size| all.checked_mul(*size));
    let end = start.zip(length).and_then(|(start, length)| start.checked_add(length));
    match start.zip(end) {
        Some((start, end)) if tensor.is_contiguous() && end <= storage.end && end <= file.len() => {
            Ok((name.to_owned(), Entry { element, shape: tensor.shape.clone(), bytes: start..end }))
        }
        _ => Err(CheckpointError::Damaged("a tensor is not contiguous, or exceeds its storage")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by tests/reference/marian.py: `a` counts from 0 in half floats, `b` is rows 2 and 3 of a matrix that counts.
    const OLD: &[u8] = include_bytes!("../../tests/reference/legacy.bin");

    #[test]
    fn reads_a_file_of_an_old_torch() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pytorch_model.bin"), OLD).unwrap();
        let checkpoint = Checkpoint::open(folder.path()).unwrap();
        assert_eq!(checkpoint.vector("a", 5).unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(
            checkpoint.matrix("b", 2, 3).unwrap().rows(0..2).unwrap(),
            [6.0, 7.0, 8.0, 9.0, 10.0, 11.0]
        );
        assert!(checkpoint.vector("a", 4).is_err() && checkpoint.vector("c", 1).is_err());
    }

    #[test]
    fn every_truncated_file_is_refused() {
        for length in 0..OLD.len() {
            assert!(torch(&OLD[..length]).is_err(), "{length} of {} bytes", OLD.len());
        }
    }
}
