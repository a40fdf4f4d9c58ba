//! The character rules of a SentencePiece file: replacements that apply before a text is cut. As in SentencePiece, the longest
//! match wins. A look-up ends for any content of the file.

use super::super::TokenizerError;

/// The longest replacement in bytes, with its closing zero; the longest of NFKC has 33.
const MAX_REPLACEMENT: usize = 256;

/// A double array (Aoe 1989) in the format of darts-clone, and the replacements, each closed by a zero.
pub(super) struct Rules {
    units: Vec<u32>,
    replacements: Vec<u8>,
}

impl Rules {
    /// Parses the length of the double array, the array, and the replacements.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, TokenizerError> {
        let damaged =
            || TokenizerError::Build("the character rules of the SentencePiece file are damaged".to_owned());
        let (size, rest) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
        let size = u32::from_le_bytes(*size) as usize;
        let (units, replacements) = rest.split_at_checked(size).ok_or_else(damaged)?;
        let units: Vec<u32> = units.as_chunks::<4>().0.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
        if units.is_empty() || !size.is_multiple_of(4) || str::from_utf8(replacements).is_err() {
            return Err(damaged());
        }
        Ok(Self { units, replacements: replacements.to_vec() })
    }

    /// The replacement of the longest prefix that has one, and the prefix's length in bytes.
    pub(super) fn longest(&self, text: &str) -> Option<(&str, usize)> {
        let offset = |unit: u32| ((unit >> 10) << ((unit & 1 << 9) >> 6)) as usize;
        let mut node = offset(*self.units.first()?);
        let mut longest = None;
        for (index, byte) in text.bytes().enumerate() {
            node ^= usize::from(byte);
            let Some(unit) = self.units.get(node) else { break };
            if unit & (1 << 31 | 0xff) != u32::from(byte) {
                break;
            }
            node ^= offset(*unit);
            if unit >> 8 & 1 == 1 {
                let value = self.units.get(node).map(|leaf| (leaf & !(1 << 31)) as usize);
                longest = value.map(|value| (value, index + 1));
            }
        }
        let (value, length) = longest.filter(|(_, length)| text.is_char_boundary(*length))?;
        let replacement = self.replacements.get(value..)?;
        let end = replacement.iter().take(MAX_REPLACEMENT).position(|byte| *byte == 0)?;
        Some((str::from_utf8(&replacement[..end]).ok()?, length))
    }
}
