//! The contract, as code. Generated from `proto/` by `build.rs`.

// Generated code is held to its generator's rules, not to ours.
#![allow(clippy::all, clippy::pedantic, missing_docs)]

tonic::include_proto!("triglot.v1");

/// The contract as descriptors, for reflection.
pub const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("triglot.v1");
