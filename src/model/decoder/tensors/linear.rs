//! A linear layer on a device. Input and output are float32; the product has the type of the weights.

use candle_core::{DType, Device, Result, Tensor};

pub(super) struct Linear {
    /// `[outputs, columns]`
    weights: Tensor,
}

impl Linear {
    /// Takes the rows of the matrix, concatenated.
    pub(super) fn new(weights: Vec<f32>, columns: usize, device: &Device) -> Result<Self> {
        let weights = Tensor::from_vec(weights, ((), columns), device)?;
        Ok(Self { weights: weights.to_dtype(device.bf16_default_to_f32())? })
    }

    /// `[tokens, columns]` to `[tokens, outputs]`.
    pub(super) fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.to_dtype(self.weights.dtype())?.matmul(&self.weights.t()?)?.to_dtype(DType::F32)
    }
}
