//! UTF-8 that arrives in portions cut anywhere, also inside a character.

/// Joins portions of bytes to text and counts how many went by.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    /// The beginning of a character whose end has not come yet: at most three bytes.
    partial: [u8; 4],
    partial_len: usize,
    /// Bytes of whole characters so far.
    offset: u64,
}

impl Utf8 {
    /// Appends the whole characters of `bytes` to `text`. On the first byte that begins no character, gives
    /// its offset; what came before it has been appended.
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
                // The longest character is four bytes, so an unfinished one has at most three.
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

    /// Where an unfinished character began, if the text may not end here.
    pub fn unfinished(&self) -> Option<u64> {
        (self.partial_len > 0).then_some(self.offset)
    }
}
