//! Weights in a GGUF file. Vectors are read whole and matrices a few rows at a time, so packing a model needs no dequantised
//! copy.

use std::{borrow::Cow, ops::Range};

use candle_core::{
    Device,
    quantized::{
        GgmlDType, QStorage, QTensor,
        gguf_file::{Content, TensorInfo},
    },
};

use super::{ModelError, adapter::Change, int8::Source};

/// A mapped file and its header.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a> {
    pub bytes: &'a [u8],
    pub content: &'a Content,
}

/// A matrix `[outputs, columns]` in the file, with the change of an adapter.
pub(super) struct FileMatrix<'a> {
    bytes: &'a [u8],
    dtype: GgmlDType,
    outputs: usize,
    columns: usize,
    levels: f32,
    change: Option<Change<'a>>,
}

/// Bytes of a Q5_0 block: the scale, the fifth bits of 32 quants, and their low four bits, the first half in the low nibbles.
const Q5_0_BYTES: usize = 22;

impl<'a> Weights<'a> {
    fn info(self, name: &str) -> Result<&'a TensorInfo, ModelError> {
        let missing = || ModelError::Format(format!("{name} is missing"));
        self.content.tensor_infos.get(name).ok_or_else(missing)
    }

    /// The range of a tensor's bytes in the file.
    fn range(self, name: &str, info: &TensorInfo) -> Result<Range<usize>, ModelError> {
        let outside = || ModelError::Format(format!("{name} lies outside the file"));
        let elements = info.shape.dims().iter().try_fold(1usize, |all, size| all.checked_mul(*size));
        let (block, bytes) = (info.ggml_dtype.block_size(), info.ggml_dtype.type_size());
        let length =
            elements.filter(|elements| elements.is_multiple_of(block)).map(|elements| elements / block);
        let length = length.and_then(|blocks| blocks.checked_mul(bytes)).ok_or_else(outside)?;
        let start = self.content.tensor_data_offset.checked_add(info.offset);
        let start = start.and_then(|start| usize::try_from(start).ok()).ok_or_else(outside)?;
        let end = start.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or_else(outside)?;
        Ok(start..end)
    }

    fn tensor(self, name: &str, shape: &[usize]) -> Result<(GgmlDType, Range<usize>), ModelError> {
        let info = self.info(name)?;
        if info.shape.dims() != shape {
            return Err(ModelError::Format(format!("{name} has the shape {:?}, not {shape:?}", info.shape)));
        }
        Ok((info.ggml_dtype, self.range(name, info)?))
    }

    /// A vector as 32-bit floats.
    pub fn vector(self, name: &str, length: usize) -> Result<Vec<f32>, ModelError> {
        let (dtype, range) = self.tensor(name, &[length])?;
        let vector = dequantise(&self.bytes[range], dtype, length)?;
        match vector.iter().all(|value| value.is_finite()) {
            true => Ok(vector),
            false => Err(ModelError::Format(format!("{name} has a value that is not a finite number"))),
        }
    }

    /// A matrix `[outputs, columns]` with a change.
    pub fn matrix(
        self,
        name: &str,
        outputs: usize,
        columns: usize,
        change: Option<Change<'a>>,
    ) -> Result<FileMatrix<'a>, ModelError> {
        let (dtype, range) = self.tensor(name, &[outputs, columns])?;
        if !columns.is_multiple_of(dtype.block_size()) {
            return Err(ModelError::Format(format!("{name} has blocks that cross the end of a row")));
        }
        let bytes = &self.bytes[range];
        let on_grid = change.is_none() && dtype == GgmlDType::Q5_0 && use_lowest_level(bytes);
        let levels = if on_grid { 16.0 } else { 127.0 };
        Ok(FileMatrix { bytes, dtype, outputs, columns, levels, change })
    }

    /// The bytes, type and number of rows of a matrix of this width. It has at least one row.
    pub fn rows(self, name: &str, columns: usize) -> Result<(Range<usize>, GgmlDType, usize), ModelError> {
        let info = self.info(name)?;
        let whole = columns.is_multiple_of(info.ggml_dtype.block_size());
        match info.shape.dims() {
            [rows, width] if *width == columns && *rows > 0 && whole => {
                Ok((self.range(name, info)?, info.ggml_dtype, *rows))
            }
            _ => Err(ModelError::Format(format!("{name} has no rows of width {columns}"))),
        }
    }
}

impl Source for FileMatrix<'_> {
    fn outputs(&self) -> usize {
        self.outputs
    }

    fn levels(&self) -> f32 {
        self.levels
    }

    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError> {
        let row = self.columns / self.dtype.block_size() * self.dtype.type_size();
        let bytes = &self.bytes[rows.start * row..rows.end * row];
        let mut weights = dequantise(bytes, self.dtype, rows.len() * self.columns)?;
        if let Some(change) = &self.change {
            change.add(rows.start, &mut weights);
        }
        Ok(weights)
    }
}

/// Whether every Q5_0 block has a quant at its lowest level, -16, or is all zeros. That holds unless an importance matrix
/// adjusted the scales. Then the largest magnitude gives the scale, and quantising the weights again gives the same grid.
fn use_lowest_level(blocks: &[u8]) -> bool {
    blocks.chunks_exact(Q5_0_BYTES).all(|block| {
        let high = u32::from_le_bytes([block[2], block[3], block[4], block[5]]);
        let zero = |(at, byte): (usize, &u8)| {
            (byte & 0xf == 0 && high >> at & 1 == 0) || (byte >> 4 == 0 && high >> (at + 16) & 1 == 0)
        };
        let scale = [block[0], block[1]];
        scale == [0, 0] || block[6..].iter().enumerate().any(zero)
    })
}

/// Dequantises this number of elements.
pub(super) fn dequantise(bytes: &[u8], dtype: GgmlDType, elements: usize) -> Result<Vec<f32>, ModelError> {
    // A copy, because candle needs aligned blocks.
    let storage = QStorage::from_data(Cow::Owned(bytes.to_vec()), &Device::Cpu, dtype)?;
    Ok(QTensor::new(storage, elements)?.dequantize(&Device::Cpu)?.to_vec1()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_kept_only_if_every_block_uses_its_lowest_level() {
        let block = |quants: [i8; 32]| {
            let mut bytes = vec![0; Q5_0_BYTES];
            bytes[..2].copy_from_slice(&half::f16::ONE.to_le_bytes());
            let mut high = 0u32;
            for (at, quant) in quants.into_iter().enumerate() {
                let quant = (quant + 16) as u8;
                high |= u32::from(quant >> 4) << at;
                bytes[6 + at % 16] |= (quant & 0xf) << (4 * (at / 16));
            }
            bytes[2..6].copy_from_slice(&high.to_le_bytes());
            bytes
        };
        let (mut whole, mut short) = ([7; 32], [7; 32]);
        (whole[20], short[3]) = (-16, -15);
        assert_eq!(dequantise(&block(whole), GgmlDType::Q5_0, 32).unwrap()[20], -16.0);
        assert!(use_lowest_level(&block(whole)));
        assert!(!use_lowest_level(&block(short)));
        assert!(!use_lowest_level(&[block(whole), block(short)].concat()));
    }
}
