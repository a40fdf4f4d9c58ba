//! Relative positions (Raffel et al. 2020, after Shaw et al. 2018): how far a key is from its query is one of a few classes,
//! each with a value for every head that is added to the score. Short distances have a class each, longer ones share
//! classes on a logarithmic scale, and from the largest distance on all are one.

use super::Buckets;

/// What a stack's queries see: the encoder's look both ways, the decoder's only back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    Both,
    Before,
}

impl Buckets {
    /// The class of a key so far behind its query; before it where below zero.
    pub(super) fn of(self, distance: isize, sides: Sides) -> usize {
        let (count, first, distance) = match sides {
            // Half of the classes lie behind the query.
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
        // In 32 bits, as the reference has it: at the edge of a class the last bit decides.
        let scale = (self.most as f64 / single as f64).ln() as f32;
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
        /// Of distances from -320 to 320.
        of: Vec<usize>,
    }

    #[test]
    fn classes_are_those_of_transformers() {
        let reference: Reference =
            serde_json::from_str(include_str!("../../../tests/reference/t5.json")).unwrap();
        assert!(reference.buckets.len() > 5);
        for case in reference.buckets {
            let buckets = Buckets { count: case.buckets, most: case.most };
            let sides = if case.two_sided { Sides::Both } else { Sides::Before };
            let ours: Vec<usize> = (-320..=320).map(|distance| buckets.of(distance, sides)).collect();
            assert_eq!(ours, case.of, "{buckets:?}, two sides: {}", case.two_sided);
        }
    }
}
