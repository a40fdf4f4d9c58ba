//! A reader with a bound: an XML reader keeps a whole tag or text, so a file without an end of one would fill the memory.

use std::io::{self, BufRead, Read};

/// Reads until its bytes are used up; then it fails.
pub(super) struct Bounded<R> {
    inner: R,
    left: usize,
}

impl<R> Bounded<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, left: 0 }
    }

    /// Allows this many bytes from here on.
    pub fn refill(&mut self, bytes: usize) {
        self.left = bytes;
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a tag or a text is too long"));
        }
        let bytes = self.inner.fill_buf()?;
        Ok(&bytes[..bytes.len().min(self.left)])
    }

    fn consume(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
        self.inner.consume(bytes);
    }
}
