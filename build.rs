//! Compiles the proto files with protox, so the build needs no protoc, and stores the descriptor set for server reflection.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const FILES: [&str; 6] = [
    "proto/triglot/v1/types.proto",
    "proto/triglot/v1/translation_service.proto",
    "proto/triglot/v1/summarization_service.proto",
    "proto/triglot/v1/glossary_service.proto",
    "proto/triglot/v1/info_service.proto",
    "proto/triglot/v1/queue.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("triglot.v1.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .codec_path("crate::wire::codec::StrictCodec")
        .extern_path(".google.rpc", "::tonic_types")
        .compile_fds(descriptors)?;
    Ok(())
}
