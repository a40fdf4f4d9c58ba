//! Messages as gRPC sends them, and messages as it should not.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use tokio_util::bytes::Bytes;

/// A message with this flag and this length before it, whatever its content is.
pub fn frame(flag: u8, length: u32, content: &[u8]) -> Bytes {
    [&[flag][..], &length.to_be_bytes(), content].concat().into()
}

/// A message that is not compressed.
pub fn message(content: &[u8]) -> Bytes {
    frame(0, content.len() as u32, content)
}

/// A message compressed with gzip.
pub fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(content).expect("memory takes it");
    gzip.finish().expect("memory takes it")
}

/// The field of a message with bytes or a nested message.
pub fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, &mut bytes);
    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
    [&bytes, content].concat()
}
