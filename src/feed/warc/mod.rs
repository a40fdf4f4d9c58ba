//! Reads the pages of a WARC file, the format of web archives (ISO 28500; the International Internet Preservation Consortium has
//! its text as "The WARC Format 1.1"), as articles.
//!
//! Pages are `response` records with the status 200 and the type `text/html` or `text/plain`. What the crawler received comes
//! out as the page that a browser would show: without chunks and compression (`response`), in UTF-8 (`page`).
//!
//! The crate `warc` is not used: it reads a line of a head of any length, and a record either whole or with a borrow of the
//! reader that no iterator can keep. httparse reads the heads of records here as well as those of responses.

mod page;
mod record;
mod response;

use std::io::{BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

pub use self::record::{WarcCause, WarcError};
use self::{page::article, record::Records, response::Content};
use crate::article::Article;

/// What the head of a response may have besides its body, in bytes.
const HEAD_BYTES: u64 = 64 << 10;

/// The pages of a file, one after another. After an error there are no more.
pub struct Pages<'a> {
    records: Records<Box<dyn BufRead + Send + 'a>>,
    most: u64,
    left_out: LeftOut,
    has_ended: bool,
}

/// Pages that no article was made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    pub too_long: u64,
    /// Damaged pages, and pages without an address or in an unknown charset.
    pub unreadable: u64,
}

impl<'a> Pages<'a> {
    /// Reads a file, or one that is compressed with gzip, each record for itself or all together. A page may have `most` bytes,
    /// compressed and not.
    ///
    /// # Errors
    /// When nothing can be read.
    pub fn new(mut read: impl Read + Send + 'a, most: u64) -> Result<Self, WarcError> {
        let mut magic = Vec::new();
        read.by_ref().take(2).read_to_end(&mut magic).map_err(|error| WarcError::first(error.into()))?;
        let is_gzip = magic == [0x1f, 0x8b];
        let input = BufReader::new(Cursor::new(magic).chain(read));
        let input: Box<dyn BufRead + Send + 'a> =
            if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(input))) } else { Box::new(input) };
        Ok(Self { records: Records::new(input), most, left_out: LeftOut::default(), has_ended: false })
    }

    /// Pages that were left out so far.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// The next page; `None` at the end.
    fn page(&mut self) -> Result<Option<Article>, WarcError> {
        while let Some(record) = self.records.next()? {
            if !record.is_response {
                continue;
            }
            let content = match self.records.content(self.most.saturating_add(HEAD_BYTES))? {
                Some(bytes) => response::content(&bytes, self.most),
                None => Content::TooLong,
            };
            match (content, record.uri) {
                (Content::Page(page), Some(uri)) => match article(uri, page) {
                    Some(article) => return Ok(Some(article)),
                    None => self.left_out.unreadable += 1,
                },
                (Content::Other, _) => {}
                (Content::TooLong, _) => self.left_out.too_long += 1,
                (Content::Unreadable | Content::Page(_), _) => self.left_out.unreadable += 1,
            }
        }
        Ok(None)
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Article, WarcError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let page = self.page().transpose();
        self.has_ended = !matches!(page, Some(Ok(_)));
        page
    }
}
