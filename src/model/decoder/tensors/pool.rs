//! The keys and values on the device. Each position has one place, the same in every block, and a row is a list of places. So
//! a shared prefix is stored once, and a fork copies nothing.

use candle_core::{DType, Device, Result, Tensor};

/// The least number of places of a pool in use.
const MIN_PLACES: usize = 1024;

/// The keys and values of a block, each `[places, kv_heads * head_dim]`.
pub(super) struct Memory {
    pub keys: Tensor,
    pub values: Tensor,
}

/// The places of all rows.
pub(super) struct Pool {
    /// One per block.
    memories: Vec<Memory>,
    /// Number of rows and prefixes that hold each place.
    holders: Vec<u32>,
    free: Vec<u32>,
}

impl Pool {
    /// `width`: that of the keys of a position, `kv_heads * head_dim`.
    pub(super) fn new(blocks: usize, width: usize, device: &Device) -> Result<Self> {
        let none = || Tensor::zeros((0, width), DType::F32, device);
        let memories = (0..blocks).map(|_| Ok(Memory { keys: none()?, values: none()? }));
        Ok(Self { memories: memories.collect::<Result<_>>()?, holders: Vec::new(), free: Vec::new() })
    }

    /// The keys and values of each block.
    pub(super) fn memories(&self) -> &[Memory] {
        &self.memories
    }

    /// Takes free places and holds each once.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<u32>> {
        if let Some(missing) = count.checked_sub(self.free.len()).filter(|missing| *missing > 0) {
            self.grow(missing.max(self.holders.len()).max(MIN_PLACES))?;
        }
        let taken = self.free.split_off(self.free.len() - count);
        self.hold(&taken);
        Ok(taken)
    }

    /// Adds a holder to each place.
    pub(super) fn hold(&mut self, places: &[u32]) {
        for place in places {
            self.holders[*place as usize] += 1;
        }
    }

    /// Removes a holder from each place.
    pub(super) fn release(&mut self, places: &[u32]) {
        for place in places {
            let holders = &mut self.holders[*place as usize];
            *holders -= 1;
            if *holders == 0 {
                self.free.push(*place);
            }
        }
    }

    /// Frees all places.
    pub(super) fn clear(&mut self) {
        self.holders.fill(0);
        self.free = (0..self.holders.len() as u32).collect();
    }

    fn grow(&mut self, more: usize) -> Result<()> {
        for Memory { keys, values } in &mut self.memories {
            for tensor in [keys, values] {
                let more = Tensor::zeros((more, tensor.dim(1)?), tensor.dtype(), tensor.device())?;
                // Not every device can concatenate a tensor without elements.
                *tensor = if tensor.dim(0)? == 0 { more } else { Tensor::cat(&[&*tensor, &more], 0)? };
            }
        }
        let places = self.holders.len();
        self.holders.resize(places + more, 0);
        self.free.extend(places as u32..(places + more) as u32);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_when_its_last_holder_releases_it() {
        let mut pool = Pool::new(2, 4, &Device::Cpu).unwrap();
        let first = pool.take(3).unwrap();
        pool.hold(&first);
        pool.release(&first);
        let second = pool.take(MIN_PLACES).unwrap();
        assert!(second.iter().all(|place| !first.contains(place)));
        assert!(pool.memories().iter().all(|memory| memory.keys.dims() == [2 * MIN_PLACES, 4]));
        pool.release(&first);
        let rest = pool.take(MIN_PLACES).unwrap();
        assert!(first.iter().all(|place| rest.contains(place)));
        pool.clear();
        assert_eq!(pool.take(2 * MIN_PLACES).unwrap().len(), 2 * MIN_PLACES);
        assert_eq!(pool.memories()[0].values.dims(), [2 * MIN_PLACES, 4]);
    }
}
