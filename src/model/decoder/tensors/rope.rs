//! Cosines and sines of the rotary embedding (Su et al. 2021) on a device.

use candle_core::{Device, Result, Tensor};

pub(super) struct Rope {
    frequencies: Vec<f32>,
    /// Cosines and sines of the positions so far: `[positions, head_dim / 2]` each.
    tables: Option<[Tensor; 2]>,
}

impl Rope {
    /// `divisor`: that of all frequencies.
    pub(super) fn new(head_dim: usize, base: f32, divisor: f32) -> Self {
        let frequency = |i| base.powf(-2.0 * i as f32 / head_dim as f32) / divisor;
        let frequencies = (0..head_dim / 2).map(frequency).collect();
        Self { frequencies, tables: None }
    }

    /// Cosines and sines at these positions, all below `end`: `[positions, head_dim / 2]`.
    pub(super) fn at(&mut self, positions: &Tensor, end: usize, device: &Device) -> Result<[Tensor; 2]> {
        let tables = match self.tables.take() {
            Some(tables) if tables[0].dim(0)? >= end => tables,
            _ => self.compute(end.next_power_of_two(), device)?,
        };
        let [cos, sin] = self.tables.insert(tables);
        Ok([cos.index_select(positions, 0)?, sin.index_select(positions, 0)?])
    }

    fn compute(&self, positions: usize, device: &Device) -> Result<[Tensor; 2]> {
        let half = self.frequencies.len();
        let angle = |position| self.frequencies.iter().map(move |frequency| position as f32 * frequency);
        let angles: Vec<f32> = (0..positions).flat_map(angle).collect();
        let table = |function: fn(f32) -> f32| {
            Tensor::from_vec(angles.iter().copied().map(function).collect(), (positions, half), device)
        };
        Ok([table(f32::cos)?, table(f32::sin)?])
    }
}
