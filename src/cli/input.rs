//! Reads a file or standard input.

use std::{
    io::{self, Read},
    path::Path,
};

use futures::{Stream, StreamExt};
use tokio::io::AsyncRead;
use tokio_util::{bytes::Bytes, io::ReaderStream};

use super::CliError;

/// Size of one read, in bytes.
const PORTION: usize = 16 * 1024;

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Reads the beginning of the input, at most `bytes`.
pub fn head(path: &Path, bytes: u64) -> Result<Vec<u8>, CliError> {
    let file = |error| CliError::File { path: path.to_owned(), error };
    let mut read: Box<dyn Read> = if is_stdin(path) {
        Box::new(io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(file)?)
    };
    let mut head = Vec::new();
    read.by_ref().take(bytes).read_to_end(&mut head).map_err(file)?;
    Ok(head)
}

/// Streams the input in portions. The second value is its length, if known.
pub async fn stream(
    path: &Path,
) -> Result<(impl Stream<Item = Result<Bytes, CliError>> + Send + use<>, Option<u64>), CliError> {
    let path = path.to_owned();
    let (read, length): (Box<dyn AsyncRead + Send + Unpin>, _) = if is_stdin(&path) {
        (Box::new(tokio::io::stdin()), None)
    } else {
        let file = |error| CliError::File { path: path.clone(), error };
        let open = tokio::fs::File::open(&path).await.map_err(file)?;
        let data = open.metadata().await.map_err(file)?;
        (Box::new(open), data.is_file().then_some(data.len()))
    };
    let portions = ReaderStream::with_capacity(read, PORTION)
        .map(move |bytes| bytes.map_err(|error| CliError::File { path: path.clone(), error }));
    Ok((portions, length))
}
