//! Decodes UTF-8 that arrives in portions, which may end inside a character.

/// Joins portions of bytes into text and counts the bytes.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    /// The first bytes of an unfinished character, at most three.
    partial: [u8; 4],
    partial_len: usize,
    /// Number of bytes in whole characters so far.
    offset: u64,
}

impl Utf8 {
    /// Appends the whole characters of `bytes` to `text`.
    ///
    /// # Errors
    /// The offset of the first invalid character; the text before it is appended.
    pub fn decode(&mut self, mut bytes: &[u8], text: &mut String) -> Result<(), u64> {
        while self.partial_len > 0 {
            let Some((&byte, rest)) = bytes.split_first() else {
                return Ok(());
            };
            let with_next = self.partial_len + 1;
            self.partial[self.partial_len] = byte;
            match std::str::from_utf8(&self.partial[..with_next]) {
                Ok(character) => {
                    text.push_str(character);
                    self.offset += with_next as u64;
                    self.partial_len = 0;
                }
                // A character has at most four bytes, so an unfinished one has at most three.
                Err(error) if error.error_len().is_none() => self.partial_len = with_next,
                Err(_) => return Err(self.offset),
            }
            bytes = rest;
        }
        match std::str::from_utf8(bytes) {
            Ok(whole) => {
                text.push_str(whole);
                self.offset += whole.len() as u64;
                Ok(())
            }
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                self.offset += valid.len() as u64;
                if error.error_len().is_some() || rest.len() >= self.partial.len() {
                    return Err(self.offset);
                }
                self.partial[..rest.len()].copy_from_slice(rest);
                self.partial_len = rest.len();
                Ok(())
            }
        }
    }

    /// The offset of an unfinished character, if there is one.
    pub fn unfinished(&self) -> Option<u64> {
        (self.partial_len > 0).then_some(self.offset)
    }
}
