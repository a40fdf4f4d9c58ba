//! The records of a WARC file: a head with named fields, and a content of the length that the head says.

use std::io::{self, BufRead, Read};

/// Longest head, in bytes.
const HEAD_BYTES: u64 = 64 << 10;
/// Most fields of a head.
const FIELDS: usize = 64;

/// Why a file cannot be read on.
#[derive(Debug, thiserror::Error)]
#[error("the web archive cannot be read after {records} records: {cause}")]
pub struct WarcError {
    pub records: u64,
    pub cause: WarcCause,
}

#[derive(Debug, thiserror::Error)]
pub enum WarcCause {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("no record of a WARC file begins there")]
    NotWarc,
    #[error("the head of a record is not well-formed, or has no length")]
    Head,
    #[error("the head of a record has more than {HEAD_BYTES} bytes")]
    LongHead,
    #[error("it ends inside of a record")]
    Cut,
}

/// The records of a file, one after another.
pub(super) struct Records<R> {
    input: R,
    /// Number of heads so far.
    count: u64,
    /// Bytes of the current content that have not been read.
    left: u64,
}

/// What the head of a record says.
pub(super) struct Record {
    pub is_response: bool,
    /// The address of the page.
    pub uri: Option<String>,
}

impl WarcError {
    /// At the start of a file.
    pub(super) fn first(cause: WarcCause) -> Self {
        Self { records: 0, cause }
    }
}

impl<R: BufRead> Records<R> {
    pub fn new(input: R) -> Self {
        Self { input, count: 0, left: 0 }
    }

    /// Reads the head of the next record, after what is left of the current one; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Record>, WarcError> {
        let records = self.count;
        self.head().map_err(|cause| WarcError { records, cause })
    }

    /// Reads the content of the current record. `None` if it has more than `most` bytes.
    pub fn content(&mut self, most: u64) -> Result<Option<Vec<u8>>, WarcError> {
        if self.left > most {
            return Ok(None);
        }
        // The vector grows with what arrives: a length may lie.
        let mut content = Vec::new();
        let read = (&mut self.input).take(self.left).read_to_end(&mut content).map_err(WarcCause::from);
        let wrong = |cause| WarcError { records: self.count, cause };
        if read.map_err(wrong)? as u64 != self.left {
            return Err(wrong(WarcCause::Cut));
        }
        self.left = 0;
        Ok(Some(content))
    }

    fn head(&mut self) -> Result<Option<Record>, WarcCause> {
        let skipped = io::copy(&mut (&mut self.input).take(self.left), &mut io::sink())?;
        if skipped != self.left {
            return Err(WarcCause::Cut);
        }
        self.left = 0;
        let Some(head) = self.lines()? else { return Ok(None) };
        let fields =
            head.split_inclusive(|byte| *byte == b'\n').next().filter(|line| line.starts_with(b"WARC/"));
        let fields = &head[fields.ok_or(WarcCause::NotWarc)?.len()..];
        let mut parsed = [httparse::EMPTY_HEADER; FIELDS];
        let Ok(httparse::Status::Complete((_, fields))) = httparse::parse_headers(fields, &mut parsed) else {
            return Err(WarcCause::Head);
        };
        let field = |name: &str| {
            let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
            str::from_utf8(field.value).ok().map(str::trim)
        };
        self.left = field("Content-Length").and_then(|length| length.parse().ok()).ok_or(WarcCause::Head)?;
        self.count += 1;
        // Version 1.0 has the address in angle brackets, in its examples at least, and so do the files of some tools.
        let uri = field("WARC-Target-URI").map(|uri| uri.trim_start_matches('<').trim_end_matches('>'));
        Ok(Some(Record {
            is_response: field("WARC-Type").is_some_and(|kind| kind.eq_ignore_ascii_case("response")),
            uri: uri.filter(|uri| !uri.is_empty()).map(str::to_owned),
        }))
    }

    /// The lines of a head with the blank one after it, without blank lines before it; `None` at the end.
    fn lines(&mut self) -> Result<Option<Vec<u8>>, WarcCause> {
        let mut head = Vec::new();
        let mut input = (&mut self.input).take(HEAD_BYTES);
        loop {
            let start = head.len();
            if input.read_until(b'\n', &mut head)? == 0 {
                return match start {
                    0 => Ok(None),
                    _ if input.limit() == 0 => Err(WarcCause::LongHead),
                    _ => Err(WarcCause::Cut),
                };
            }
            match (&head[start..], start) {
                (b"\n" | b"\r\n", 0) => {
                    head.clear();
                    input.set_limit(HEAD_BYTES);
                }
                (b"\n" | b"\r\n", _) => return Ok(Some(head)),
                _ => {}
            }
        }
    }
}
