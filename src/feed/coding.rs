//! Undoes the content coding of a body (RFC 9110, section 8.4.1) as it arrives, in bounded memory: a few kilobytes of gzip can
//! become gigabytes.

use std::io::{self, ErrorKind, Write};

use flate2::write::{MultiGzDecoder, ZlibDecoder};

/// A body that arrives.
pub(super) enum Body {
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
    Deflate(Box<ZlibDecoder<Bounded>>),
}

/// Why a body cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    #[error("it is too long")]
    TooLong,
    #[error("its compressed content is damaged: {0}")]
    Damaged(String),
}

/// Bytes, up to a limit.
pub(super) struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Body {
    /// A body with this `Content-Encoding`, of at most `most` bytes when it is decoded. `None` if the coding is unknown.
    pub fn new(coding: &str, most: u64) -> Option<Self> {
        let bounded = Bounded { bytes: Vec::new(), most: usize::try_from(most).unwrap_or(usize::MAX) };
        match coding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Plain(bounded)),
            "gzip" | "x-gzip" => Some(Self::Gzip(Box::new(MultiGzDecoder::new(bounded)))),
            "deflate" => Some(Self::Deflate(Box::new(ZlibDecoder::new(bounded)))),
            _ => None,
        }
    }

    /// Adds what has arrived.
    ///
    /// # Errors
    /// [`BodyError::TooLong`] after it took the bytes up to the limit.
    pub fn push(&mut self, arrived: &[u8]) -> Result<(), BodyError> {
        match self {
            Self::Plain(bounded) => bounded.write_all(arrived),
            Self::Gzip(decoder) => decoder.write_all(arrived),
            Self::Deflate(decoder) => decoder.write_all(arrived),
        }
        .map_err(BodyError::from)
    }

    /// The decoded bytes, when all has arrived.
    pub fn end(self) -> Result<Vec<u8>, BodyError> {
        let bounded = match self {
            Self::Plain(bounded) => bounded,
            Self::Gzip(decoder) => decoder.finish()?,
            Self::Deflate(decoder) => decoder.finish()?,
        };
        Ok(bounded.bytes)
    }

    /// The decoded bytes so far.
    pub fn so_far(&self) -> &[u8] {
        match self {
            Self::Plain(bounded) => &bounded.bytes,
            Self::Gzip(decoder) => &decoder.get_ref().bytes,
            Self::Deflate(decoder) => &decoder.get_ref().bytes,
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.most - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..taken]);
        if taken < bytes.len() {
            return Err(ErrorKind::FileTooLarge.into());
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl From<io::Error> for BodyError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::FileTooLarge => Self::TooLong,
            _ => Self::Damaged(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::{
        Compression,
        write::{GzEncoder, ZlibEncoder},
    };

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decoded(coding: &str, most: u64, parts: &[&[u8]]) -> Result<Vec<u8>, BodyError> {
        let mut body = Body::new(coding, most).unwrap();
        parts.iter().try_for_each(|part| body.push(part))?;
        body.end()
    }

    #[test]
    fn codings_are_undone_in_any_portions() {
        let text = b"A short text, and again: a short text.";
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        let two_members = [gzip(&text[..9]), gzip(&text[9..])].concat();
        for (coding, bytes) in [
            ("", text.to_vec()),
            ("identity", text.to_vec()),
            (" GZip", gzip(text)),
            ("x-gzip", two_members),
            ("deflate", encoder.finish().unwrap()),
        ] {
            for size in [1, 7, 1000] {
                let parts = bytes.chunks(size).collect::<Vec<_>>();
                assert_eq!(decoded(coding, 100, &parts).unwrap(), text, "{coding}, {size} bytes");
            }
        }
        assert!(Body::new("br", 100).is_none());
    }

    #[test]
    fn the_limit_counts_decoded_bytes() {
        let zeros = vec![0; 1 << 20];
        for (coding, bytes) in [("", zeros.clone()), ("gzip", gzip(&zeros))] {
            assert_eq!(decoded(coding, zeros.len() as u64, &[&bytes]).unwrap(), zeros);
            let mut body = Body::new(coding, 1000).unwrap();
            assert_eq!(body.push(&bytes), Err(BodyError::TooLong), "{coding}");
            assert_eq!(body.so_far(), &zeros[..1000]);
        }
    }

    #[test]
    fn damaged_content_is_an_error() {
        let whole = gzip(b"A text that is cut or changed.");
        let mut changed = whole.clone();
        changed[15] ^= 0x55;
        for bytes in [&whole[..whole.len() - 3], &changed, b"no gzip at all"] {
            assert!(matches!(decoded("gzip", 1000, &[bytes]), Err(BodyError::Damaged(_))));
        }
    }
}
