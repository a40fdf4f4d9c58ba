//! Marian's binary model file (`marian-dev`, `src/common/binary.cpp`), little-endian: the version, the number of tensors, a
//! header per tensor, all names, all shapes, padding up to 256 bytes, and the tensors' data.
//!
//! intgemm stores a matrix of shape `[columns, outputs]` as bytes `[outputs, columns]`, followed by the quantisation
//! multiplier. An embedding `[tokens, width]` is not transposed.

use std::{borrow::Cow, collections::HashMap};

use super::{BergamotConfig, ModelFileError};

/// The only known version.
const VERSION: u64 = 1;
/// Limit of tensors per file; published models have about 250.
const MAX_TENSORS: u64 = 1 << 13;
/// Longest name in bytes, including its zero byte.
const MAX_NAME: u64 = 256;
/// Most dimensions per tensor.
const MAX_RANK: u64 = 4;
/// The pseudo-tensor that holds the model's configuration.
const CONFIG: &str = "special:model.yml";
/// Size limit of the configuration in bytes; published ones have about 3,000.
const MAX_CONFIG: usize = 1 << 16;

/// The element type of a tensor; the numbers are Marian's (`src/common/types.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    F32,
    /// Signed bytes.
    Int8,
    /// Signed bytes, followed by their quantisation multiplier.
    Intgemm8,
    /// A type that is not supported.
    Other(u64),
}

impl Element {
    fn new(number: u64) -> Self {
        match number {
            0x0404 => Self::F32,
            0x0101 => Self::Int8,
            0x4101 => Self::Intgemm8,
            other => Self::Other(other),
        }
    }
}

/// A tensor in a file.
#[derive(Debug, Clone)]
pub struct Tensor<'a> {
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    /// For a known element type, at least as long as the shape requires.
    pub(super) bytes: Cow<'a, [u8]>,
}

impl Tensor<'_> {
    /// Number of elements. [`insert`] checked that it does not overflow.
    pub(super) fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// The quantisation multiplier; `None` unless the type is [`Element::Intgemm8`].
    pub(super) fn scale(&self) -> Option<f32> {
        let behind = self.bytes.get(self.count()..)?.first_chunk()?;
        (self.element == Element::Intgemm8).then(|| f32::from_le_bytes(*behind))
    }

    /// The values; `None` unless the type is [`Element::F32`].
    pub(super) fn floats(&self) -> Option<impl Iterator<Item = f32>> {
        let bytes = self.bytes.get(..self.count().checked_mul(4)?)?;
        let floats = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        (self.element == Element::F32).then_some(floats)
    }
}

/// The tensors and the configuration of a model file.
#[derive(Debug, Default)]
pub struct ModelFile<'a> {
    pub(super) tensors: HashMap<String, Tensor<'a>>,
    pub(super) config: String,
}

/// The unread rest of a file.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], ModelFileError> {
        let count = usize::try_from(count).map_err(|_| ModelFileError::Short)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ModelFileError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], ModelFileError> {
        let (number, rest) = self.0.split_first_chunk().ok_or(ModelFileError::Short)?;
        self.0 = rest;
        Ok(*number)
    }

    fn u64(&mut self) -> Result<u64, ModelFileError> {
        self.number().map(u64::from_le_bytes)
    }
}

impl<'a> ModelFile<'a> {
    /// Parses a binary file or a `.npz` archive. The first bytes tell which it is.
    ///
    /// # Errors
    /// When the file is damaged or truncated, exceeds a limit, or has no configuration.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ModelFileError> {
        let mut file = match bytes.starts_with(b"PK\x03\x04") {
            true => super::npz::read(bytes)?,
            false => Self::binary(bytes)?,
        };
        let config = file.tensors.remove(CONFIG).ok_or(ModelFileError::NoConfig)?;
        let text = config.bytes.get(..config.count()).filter(|text| text.len() <= MAX_CONFIG);
        let text = text.filter(|_| config.element == Element::Int8).ok_or(ModelFileError::ConfigText)?;
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        file.config = str::from_utf8(text).map_err(|_| ModelFileError::ConfigText)?.to_owned();
        Ok(file)
    }

    /// Parses the configuration.
    ///
    /// # Errors
    /// The errors of [`BergamotConfig::parse`].
    pub fn configuration(&self) -> Result<BergamotConfig, ModelFileError> {
        BergamotConfig::parse(&self.config)
    }

    fn binary(bytes: &'a [u8]) -> Result<Self, ModelFileError> {
        struct Header {
            name: u64,
            element: u64,
            rank: u64,
            bytes: u64,
        }
        let mut rest = Reader(bytes);
        let version = rest.u64()?;
        if version != VERSION {
            return Err(ModelFileError::Version(version));
        }
        let count = rest.u64()?;
        if count > MAX_TENSORS {
            return Err(ModelFileError::TooManyTensors(count));
        }
        let mut headers = Vec::new();
        for _ in 0..count {
            let header =
                Header { name: rest.u64()?, element: rest.u64()?, rank: rest.u64()?, bytes: rest.u64()? };
            if header.name > MAX_NAME || header.rank > MAX_RANK {
                return Err(ModelFileError::Header);
            }
            headers.push(header);
        }
        let mut names = Vec::new();
        for header in &headers {
            let name = rest.take(header.name)?.split(|byte| *byte == 0).next().unwrap_or_default();
            let name = str::from_utf8(name).ok().filter(|name| !name.is_empty());
            names.push(name.ok_or(ModelFileError::Name)?.to_owned());
        }
        let mut shapes = Vec::new();
        for (header, name) in headers.iter().zip(&names) {
            let mut shape = Vec::new();
            for _ in 0..header.rank {
                let size = i32::from_le_bytes(rest.number()?);
                let size = usize::try_from(size).ok().filter(|size| *size > 0);
                shape.push(size.ok_or_else(|| ModelFileError::Shape(name.clone()))?);
            }
            shapes.push(shape);
        }
        let padding = rest.u64()?;
        rest.take(padding)?;
        let mut tensors = HashMap::new();
        for ((header, name), shape) in headers.iter().zip(names).zip(shapes) {
            let tensor = Tensor {
                element: Element::new(header.element),
                shape,
                bytes: rest.take(header.bytes)?.into(),
            };
            insert(&mut tensors, name, tensor)?;
        }
        Ok(Self { tensors, config: String::new() })
    }
}

/// Adds a tensor.
///
/// # Errors
/// When it has fewer bytes than its shape requires, or its name is taken.
pub(super) fn insert<'a>(
    tensors: &mut HashMap<String, Tensor<'a>>,
    name: String,
    tensor: Tensor<'a>,
) -> Result<(), ModelFileError> {
    let count = tensor.shape.iter().try_fold(1usize, |all, size| all.checked_mul(*size));
    let needed = match tensor.element {
        Element::F32 => count.and_then(|count| count.checked_mul(4)),
        Element::Int8 => count,
        Element::Intgemm8 => count.and_then(|count| count.checked_add(4)),
        Element::Other(_) => count.map(|_| 0),
    };
    if needed.is_none_or(|needed| needed > tensor.bytes.len()) {
        return Err(ModelFileError::Data(name));
    }
    match tensors.insert(name.clone(), tensor) {
        Some(_) => Err(ModelFileError::Twice(name)),
        None => Ok(()),
    }
}
