//! Marian's older model file: a NumPy archive (`.npz`), which is a zip file of `.npy` arrays (NEP 1). The existing crates depend
//! on a parser for Python literals; this parser reads only the three header fields by their keys.

use std::{
    collections::HashMap,
    io::{Cursor, Read},
};

use zip::{ZipArchive, result::ZipError};

use super::{
    ModelFileError,
    file::{Element, ModelFile, Tensor, insert},
};

/// Limit of arrays per archive.
const MAX_ARRAYS: usize = 1 << 13;
/// Limit of all decompressed arrays together, in bytes.
const MAX_BYTES: u64 = 1 << 30;
const MAGIC: &[u8] = b"\x93NUMPY";

pub(super) fn read(bytes: &[u8]) -> Result<ModelFile<'static>, ModelFileError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    if archive.len() > MAX_ARRAYS {
        return Err(ModelFileError::TooManyTensors(archive.len() as u64));
    }
    let mut left = MAX_BYTES;
    let mut tensors = HashMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let name = file.name()?.into_owned();
        let Some(name) = name.strip_suffix(".npy").map(str::to_owned) else { continue };
        let mut content = Vec::new();
        file.by_ref().take(left + 1).read_to_end(&mut content).map_err(ZipError::Io)?;
        left = left.checked_sub(content.len() as u64).ok_or(ModelFileError::TooLarge)?;
        let tensor = array(content).ok_or_else(|| ModelFileError::Data(name.clone()))?;
        insert(&mut tensors, name, tensor)?;
    }
    Ok(ModelFile { tensors, config: String::new() })
}

/// Parses a `.npy` file in row-major order; `None` if it is invalid or column-major.
fn array(mut file: Vec<u8>) -> Option<Tensor<'static>> {
    let rest = file.strip_prefix(MAGIC)?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    let (length, rest) = match version[0] {
        1 => {
            rest.split_first_chunk::<2>().map(|(size, rest)| (u32::from(u16::from_le_bytes(*size)), rest))?
        }
        2 | 3 => rest.split_first_chunk::<4>().map(|(size, rest)| (u32::from_le_bytes(*size), rest))?,
        _ => return None,
    };
    let (header, data) = rest.split_at_checked(length as usize)?;
    let header = str::from_utf8(header).ok()?;
    let value = |key: &str| Some(header.split_once(&format!("'{key}':"))?.1.trim_start());
    if !value("fortran_order")?.starts_with("False") {
        return None;
    }
    let element = match value("descr")?.strip_prefix('\'')?.split('\'').next()? {
        "<f4" => Element::F32,
        "|i1" | "<i1" => Element::Int8,
        _ => Element::Other(0),
    };
    let shape = value("shape")?.strip_prefix('(')?.split(')').next()?;
    let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
    let shape: Vec<usize> =
        sizes.map(|size| size.parse().ok().filter(|size| *size > 0)).collect::<Option<_>>()?;
    let start = file.len() - data.len();
    file.drain(..start);
    Some(Tensor { element, shape, bytes: file.into() })
}
