//! The graphics processor that a network can run on, where triglot was built for one.

use candle_core::Device;

/// Why there is no GPU to run on.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    #[error(
        "this triglot was built for the CPU only; --gpu needs a build with --features cuda or --features metal"
    )]
    Feature,
    #[error("the GPU cannot be used: {0}")]
    Device(#[from] candle_core::Error),
}

/// The first device that this build can use.
pub fn gpu() -> Result<Device, GpuError> {
    if cfg!(feature = "cuda") {
        Ok(Device::new_cuda(0)?)
    } else if cfg!(feature = "metal") {
        Ok(Device::new_metal(0)?)
    } else {
        Err(GpuError::Feature)
    }
}
