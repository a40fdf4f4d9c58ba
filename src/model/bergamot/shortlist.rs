//! The lexical shortlist (`lex.*.s2t.bin`; `marian-dev`, `src/data/shortlist.cpp`). It lists likely target tokens for each source
//! token, so that the output projection computes hundreds of logits instead of tens of thousands.
//!
//! The file is little-endian: a magic number, a checksum, the number of most frequent tokens that are always included, the
//! longest list per source token, the lengths of two tables, and the tables: the offset of each source token's list, and all
//! lists. The checksum depends on the C++ standard library that wrote it, so it is not verified.

/// The first eight bytes of a file.
const MAGIC: u64 = 0xF11A_48D5_0134_17F5;
/// Numbers in the header.
const HEADER: usize = 6;
/// The number of candidates is a multiple of this. intgemm needs it; matching its translations needs the same candidates.
const MULTIPLE: usize = 8;

/// Why a shortlist cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ShortlistError {
    #[error("the file is shorter than its header")]
    Short,
    #[error("the file is not a binary shortlist: it starts with {0:#x}")]
    Magic(u64),
    #[error("the header requires {asked} bytes, but the file has {found}")]
    Length { asked: u64, found: usize },
    #[error("the file has lists for {found} tokens, but the source vocabulary has {needed}")]
    Sources { found: usize, needed: usize },
    #[error("the offsets of the lists are invalid")]
    Offsets,
    #[error("a list contains token {0}, which is not in the target vocabulary")]
    Token(u32),
}

/// Maps a source to the tokens that its translation may contain.
#[derive(Debug)]
pub struct LexicalShortlist {
    /// Ids below this are always included.
    first: usize,
    /// Start of each source token's list, then the end of the last list.
    offsets: Vec<u32>,
    lists: Vec<u32>,
    targets: usize,
    /// Whether source and target share one vocabulary.
    shared: bool,
}

impl LexicalShortlist {
    /// Parses a file for vocabularies of `sources` and `targets` tokens. `shared` means that both are the same vocabulary.
    ///
    /// # Errors
    /// When the file is damaged or does not fit the vocabularies.
    pub fn parse(bytes: &[u8], sources: usize, targets: usize, shared: bool) -> Result<Self, ShortlistError> {
        let (header, _) = bytes.as_chunks::<8>();
        let [magic, _, first, _, offset_count, list_length] =
            *header.first_chunk::<HEADER>().ok_or(ShortlistError::Short)?;
        if u64::from_le_bytes(magic) != MAGIC {
            return Err(ShortlistError::Magic(u64::from_le_bytes(magic)));
        }
        let (offset_count, list_length) = (u64::from_le_bytes(offset_count), u64::from_le_bytes(list_length));
        let size = offset_count.checked_mul(8).zip(list_length.checked_mul(4));
        let size =
            size.and_then(|(offsets, lists)| offsets.checked_add(lists)?.checked_add(8 * HEADER as u64));
        let length = ShortlistError::Length { asked: size.unwrap_or(u64::MAX), found: bytes.len() };
        if size != Some(bytes.len() as u64) {
            return Err(length);
        }
        let offset_count = offset_count as usize;
        if offset_count < sources + 1 {
            return Err(ShortlistError::Sources { found: offset_count.saturating_sub(1), needed: sources });
        }
        let (offsets, lists) = bytes[8 * HEADER..].split_at(8 * offset_count);
        let lists: Vec<u32> = lists.as_chunks::<4>().0.iter().map(|id| u32::from_le_bytes(*id)).collect();
        let offsets = offsets.as_chunks::<8>().0.iter().map(|offset| u64::from_le_bytes(*offset));
        let offsets: Option<Vec<u32>> = offsets.map(|offset| u32::try_from(offset).ok()).collect();
        let offsets = offsets.filter(|offsets| offsets.is_sorted()).ok_or(ShortlistError::Offsets)?;
        if offsets.last().is_none_or(|last| *last as usize != lists.len()) {
            return Err(ShortlistError::Offsets);
        }
        if let Some(token) = lists.iter().find(|token| **token as usize >= targets) {
            return Err(ShortlistError::Token(*token));
        }
        let first = usize::try_from(u64::from_le_bytes(first)).unwrap_or(targets).min(targets);
        Ok(Self { first, offsets, lists, targets, shared })
    }

    /// The candidates for the translation of a source, in ascending order: the most frequent tokens, the list of each source
    /// token, the source tokens themselves if the vocabulary is shared, and further frequent tokens up to a multiple of eight.
    pub fn candidates(&self, source: &[u32]) -> Vec<u32> {
        let mut wanted = vec![false; self.targets];
        wanted[..self.first].fill(true);
        for token in source {
            let index = *token as usize;
            let (from, to) = (self.offsets.get(index).copied(), self.offsets.get(index + 1).copied());
            let list = self.lists.get(from.unwrap_or_default() as usize..to.unwrap_or_default() as usize);
            let own = self.shared.then_some(token);
            for token in list.unwrap_or_default().iter().chain(own) {
                if let Some(wanted) = wanted.get_mut(*token as usize) {
                    *wanted = true;
                }
            }
        }
        let count = wanted.iter().filter(|wanted| **wanted).count();
        let missing = count.next_multiple_of(MULTIPLE) - count;
        wanted[self.first..]
            .iter_mut()
            .filter(|wanted| !**wanted)
            .take(missing)
            .for_each(|wanted| *wanted = true);
        (0u32..).zip(wanted).filter(|(_, wanted)| *wanted).map(|(token, _)| token).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: [u64; HEADER], offsets: &[u64], lists: &[u32]) -> Vec<u8> {
        let numbers = header.iter().chain(offsets).flat_map(|number| number.to_le_bytes());
        numbers.chain(lists.iter().flat_map(|id| id.to_le_bytes())).collect()
    }

    fn good() -> Vec<u8> {
        file([MAGIC, 0, 2, 3, 4, 5], &[0, 0, 3, 5], &[10, 11, 12, 1, 20])
    }

    #[test]
    fn candidates_are_frequent_tokens_and_the_lists_of_the_source() {
        let parse = |shared| LexicalShortlist::parse(&good(), 3, 24, shared).unwrap();
        // 0 and 1 are always included, 10 to 12 are the list of token 1, 2 to 4 fill up to eight.
        assert_eq!(parse(false).candidates(&[1, 0]), [0, 1, 2, 3, 4, 10, 11, 12]);
        assert_eq!(parse(true).candidates(&[2, 0]), [0, 1, 2, 3, 4, 5, 6, 20]);
        assert_eq!(parse(false).candidates(&[1, 2]), [0, 1, 2, 3, 10, 11, 12, 20]);
        assert_eq!(parse(false).candidates(&[77]).len(), 8);
        let few = LexicalShortlist::parse(&file([MAGIC, 0, 9, 1, 2, 0], &[0, 0], &[]), 1, 5, true).unwrap();
        assert_eq!(few.candidates(&[0]), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn each_damage_has_its_error() {
        let error = |bytes: &[u8]| LexicalShortlist::parse(bytes, 3, 24, true).err();
        assert_eq!(error(&good()), None);
        assert_eq!(error(&good()[..47]), Some(ShortlistError::Short));
        assert_eq!(error(&[0; 48]), Some(ShortlistError::Magic(0)));
        let length = |asked| Some(ShortlistError::Length { asked, found: 48 });
        assert_eq!(error(&good()[..48]), length(100));
        assert_eq!(error(&file([MAGIC, 0, 2, 3, 1 << 61, 0], &[], &[])), length(u64::MAX));
        assert_eq!(error(&file([MAGIC, 0, 2, 3, 0, 1 << 62], &[], &[])), length(u64::MAX));
        let sources = file([MAGIC, 0, 2, 3, 3, 0], &[0, 0, 0], &[]);
        assert_eq!(error(&sources), Some(ShortlistError::Sources { found: 2, needed: 3 }));
        for offsets in [[0, 3, 2, 5], [0, 0, 3, 4], [0, 0, 3, 6], [0, 0, 3, 1 << 40]] {
            let bytes = file([MAGIC, 0, 2, 3, 4, 5], &offsets, &[10, 11, 12, 1, 20]);
            assert_eq!(error(&bytes), Some(ShortlistError::Offsets));
        }
        let token = file([MAGIC, 0, 2, 3, 4, 1], &[0, 0, 1, 1], &[24]);
        assert_eq!(error(&token), Some(ShortlistError::Token(24)));
    }
}
