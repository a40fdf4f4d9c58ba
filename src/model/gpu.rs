//! Selects the GPU for a network, in builds with GPU support.

use candle_core::Device;

/// Why no GPU is available.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    #[error(
        "this build of triglot has no GPU support; --gpu needs a build with --features cuda or --features metal"
    )]
    Feature,
    #[error("cannot use the GPU: {0}")]
    Device(#[from] candle_core::Error),
}

/// The first device that this build supports.
pub fn gpu() -> Result<Device, GpuError> {
    if cfg!(feature = "cuda") {
        Ok(Device::new_cuda(0)?)
    } else if cfg!(feature = "metal") {
        Ok(Device::new_metal(0)?)
    } else {
        Err(GpuError::Feature)
    }
}
