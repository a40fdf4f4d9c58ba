//! Relative positions (Raffel et al. 2020, after Shaw et al. 2018). The distance of a key from its query falls into a bucket,
//! and each bucket has a value for every head, which is added to the attention score. Each short distance has its own bucket,
//! longer ones share buckets on a logarithmic scale, and all from the maximum distance on share one.

use super::Buckets;

/// The sides that a query attends to: both in the encoder, only before it in the decoder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    Both,
    Before,
}

impl Buckets {
    /// The bucket of a key at this distance after its query; a negative distance is before it.
    pub(super) fn of(self, distance: isize, sides: Sides) -> usize {
        let (count, first, distance) = match sides {
            // Half of the buckets are for keys after the query.
            Sides::Both => {
                let half = self.count / 2;
                (half, if distance > 0 { half } else { 0 }, distance.unsigned_abs())
            }
            Sides::Before => (self.count, 0, distance.min(0).unsigned_abs()),
        };
        let single = count / 2;
        if distance < single {
            return first + distance;
        }
        // In 32 bits like the reference: at the edge of a bucket the last bit decides.
        let scale = (self.max_distance as f64 / single as f64).ln() as f32;
        let steps = (distance as f32 / single as f32).ln() / scale * (count - single) as f32;
        first + (single + steps as usize).min(count - 1)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Reference {
        buckets: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        buckets: usize,
        most: usize,
        two_sided: bool,
        /// The buckets of the distances from -320 to 320.
        of: Vec<usize>,
    }

    #[test]
    fn buckets_equal_those_of_transformers() {
        let reference: Reference =
            serde_json::from_str(include_str!("../../../tests/reference/t5.json")).unwrap();
        assert!(reference.buckets.len() > 5);
        for case in reference.buckets {
            let buckets = Buckets { count: case.buckets, max_distance: case.most };
            let sides = if case.two_sided { Sides::Both } else { Sides::Before };
            let ours: Vec<usize> = (-320..=320).map(|distance| buckets.of(distance, sides)).collect();
            assert_eq!(ours, case.of, "{buckets:?}, two sides: {}", case.two_sided);
        }
    }
}
