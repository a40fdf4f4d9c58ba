//! The code that `build.rs` generates from the contract in `proto/`.

#![allow(clippy::allow_attributes_without_reason, reason = "the generator gives none")]
#![allow(clippy::large_enum_variant, reason = "a summary is one message of many")]

tonic::include_proto!("triglot.v1");

/// The descriptors of the contract, for reflection.
pub const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("triglot.v1");
