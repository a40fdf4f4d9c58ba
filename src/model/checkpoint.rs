//! The tensors of a checkpoint as the hub has it: `model.safetensors`, or `pytorch_model.bin`.
//!
//! Either way a tensor is a range of bytes in a mapped file, converted as it is read: vectors as a whole, matrices a few
//! rows at a time. Of a `.bin` only the list of tensors is unpickled, by candle's reader, which knows tensors and executes
//! nothing; the numbers lie uncompressed in the archive.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Cursor},
    ops::Range,
    panic::catch_unwind,
    path::Path,
    sync::Arc,
};

use candle_core::{DType, pickle};
use half::{bf16, f16};
use memmap2::{Mmap, UncheckedAdvice};
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::{ModelError, int8::Source};

/// Largest list of tensors in a `.bin` that is unpickled, in bytes; one of 10,000 tensors has a fifth of it.
const MAX_PICKLE: u64 = 8 << 20;

/// Why a checkpoint cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("it has neither model.safetensors nor pytorch_model.bin")]
    Missing,
    #[error("{name} cannot be read: {error}")]
    Read { name: &'static str, error: io::Error },
    #[error("model.safetensors is damaged: {0}")]
    SafeTensors(#[from] SafeTensorError),
    #[error("pytorch_model.bin is no archive of torch 1.6 or newer: {0}")]
    Zip(#[from] ZipError),
    #[error("pytorch_model.bin is damaged: {0}")]
    Pickle(String),
}

/// The bits of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    F32,
    F16,
    BF16,
}

struct Entry {
    /// `None`: a type that no weight has.
    element: Option<Element>,
    shape: Vec<usize>,
    bytes: Range<usize>,
}

/// A mapped checkpoint.
pub struct Checkpoint {
    file: Arc<Mmap>,
    tensors: HashMap<String, Entry>,
}

/// A matrix `[outputs, columns]` of a checkpoint.
#[derive(Clone)]
pub struct FileMatrix {
    file: Arc<Mmap>,
    element: Element,
    start: usize,
    outputs: usize,
    columns: usize,
}

impl Checkpoint {
    /// Opens the checkpoint of a folder; safetensors where there are both.
    pub fn open(folder: &Path) -> Result<Self, CheckpointError> {
        const SAFETENSORS: &str = "model.safetensors";
        const BIN: &str = "pytorch_model.bin";
        for (name, read) in [(SAFETENSORS, safetensors as fn(&[u8]) -> _), (BIN, torch)] {
            let path = folder.join(name);
            if path.is_file() {
                let map = || {
                    // SAFETY: nobody writes to a model's files; one that is changed in place under a running server
                    // would change its weights, which is the operator's doing.
                    unsafe { Mmap::map(&File::open(&path)?) }
                };
                let file = map().map_err(|error| CheckpointError::Read { name, error })?;
                let tensors = read(&file)?;
                return Ok(Self { file: Arc::new(file), tensors });
            }
        }
        Err(CheckpointError::Missing)
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.file
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Gives the pages that were read back to the system, which reads them again where they are wanted again.
    pub fn release(&self) -> io::Result<()> {
        // SAFETY: the mapping is shared and never written to, so a page that is dropped is read again.
        unsafe { self.file.unchecked_advise(UncheckedAdvice::DontNeed) }
    }

    /// The bytes of a tensor of this shape.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<(Element, Range<usize>), ModelError> {
        let entry = self.tensors.get(name).ok_or_else(|| ModelError::Format(format!("{name} is missing")))?;
        if entry.shape != shape {
            return Err(ModelError::Format(format!("{name} has the shape {:?}, not {shape:?}", entry.shape)));
        }
        let element =
            entry.element.ok_or_else(|| ModelError::Format(format!("{name} is of an unknown type")))?;
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
            false => Err(ModelError::Format(format!("{name} has values that are no numbers"))),
        }
    }

    /// A matrix `[outputs, columns]`.
    pub fn matrix(&self, name: &str, outputs: usize, columns: usize) -> Result<FileMatrix, ModelError> {
        let (element, bytes) = self.tensor(name, &[outputs, columns])?;
        Ok(FileMatrix { file: Arc::clone(&self.file), element, start: bytes.start, outputs, columns })
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

impl Source for FileMatrix {
    fn outputs(&self) -> usize {
        self.outputs
    }

    fn levels(&self) -> f32 {
        127.0
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

/// What `torch.save` of a dictionary of tensors writes: a zip archive with a pickle and a file for each storage.
fn torch(file: &[u8]) -> Result<HashMap<String, Entry>, CheckpointError> {
    let damaged = |what: &str| CheckpointError::Pickle(what.to_owned());
    let mut archive = ZipArchive::new(Cursor::new(file))?;
    let list = {
        let mut names = archive.file_names().flatten();
        names.find(|name| name.ends_with("/data.pkl")).map(|name| name.into_owned())
    };
    let list = list.ok_or_else(|| damaged("it has no data.pkl"))?;
    let folder = list.trim_end_matches(".pkl").to_owned();
    let reader = archive.by_name(&list)?;
    if reader.size() > MAX_PICKLE {
        return Err(damaged("its list of tensors is too long"));
    }
    let mut reader = io::BufReader::new(io::Read::take(reader, MAX_PICKLE));
    // candle's reader trusts the shape of what it is given in some places and panics where that is wrong.
    let tensors = catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut stack = pickle::Stack::empty();
        stack.read_loop(&mut reader)?;
        let mut tensors = Vec::new();
        if let Ok(entries) = stack.finalize()?.dict() {
            for (name, value) in entries {
                tensors.extend(value.into_tensor_info(name, Path::new(&folder))?);
            }
        }
        Ok::<_, candle_core::Error>(tensors)
    }));
    let tensors = tensors.map_err(|_| damaged("its list of tensors makes no sense"))?;
    let tensors = tensors.map_err(|error| CheckpointError::Pickle(error.to_string()))?;
    drop(reader);
    let mut entries = HashMap::new();
    for tensor in tensors {
        let element = match tensor.dtype {
            DType::F32 => Some(Element::F32),
            DType::F16 => Some(Element::F16),
            DType::BF16 => Some(Element::BF16),
            _ => None,
        };
        let shape = tensor.layout.dims().to_vec();
        let storage = archive.by_name(&tensor.path)?;
        let start = storage.data_start().and_then(|start| usize::try_from(start).ok());
        let size = usize::try_from(storage.size()).ok();
        // candle counts the start in bytes.
        let length = shape
            .iter()
            .try_fold(element.map_or(1, Element::bytes), |all, size| all.checked_mul(*size))
            .and_then(|length| length.checked_add(tensor.layout.start_offset()));
        let fits = storage.compression() == CompressionMethod::Stored
            && tensor.layout.is_contiguous()
            && length.zip(size).is_some_and(|(length, size)| length <= size);
        let (true, Some(start), Some(length)) = (fits, start, length) else {
            return Err(CheckpointError::Pickle(format!("{} is not stored as it stands", tensor.name)));
        };
        let end = start.checked_add(length).filter(|end| *end <= file.len());
        let end = end.ok_or_else(|| damaged("a tensor lies outside the file"))?;
        let bytes = start + tensor.layout.start_offset()..end;
        entries.insert(tensor.name, Entry { element, shape, bytes });
    }
    Ok(entries)
}
