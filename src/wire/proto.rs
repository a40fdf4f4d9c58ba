//! The contract, as code. Generated from `proto/` by `build.rs`.

#![allow(clippy::allow_attributes_without_reason, reason = "the generator gives none")]

tonic::include_proto!("triglot.v1");

/// The contract as descriptors, for reflection.
pub const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("triglot.v1");
