//! Loops over floats for which candle has no fast operation. The compiler vectorises this plain Rust for several processors,
//! and the best version is chosen at run time.
//!
//! Sums use a fixed number of lanes, added in a fixed order. So a result depends neither on the size of a batch nor on the
//! split between threads.

#![expect(unsafe_code, reason = "the compiler vectorises a cast only without a range check")]

use multiversion::multiversion;

/// Partial sums side by side.
const LANES: usize = 16;

/// Dot product of two vectors of equal length.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (heads, tails) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = heads.remainder().iter().zip(tails.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in heads.zip(tails) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// `sum += factor * vector`
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn add_scaled(sum: &mut [f32], factor: f32, vector: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += factor * value;
    }
}

/// Root-mean-square normalisation of `row` in place, times `weight` (Zhang and Sennrich 2019).
pub fn rms_norm(row: &mut [f32], weight: &[f32], epsilon: f32) {
    let mean = dot(row, row) / row.len() as f32;
    let factor = 1.0 / (mean + epsilon).sqrt();
    for (value, weight) in row.iter_mut().zip(weight) {
        *value *= factor * weight;
    }
}

/// Normalisation of `row` to mean 0 and variance 1, times `weight`, plus `bias` (Ba et al. 2016).
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn layer_norm(row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let length = row.len() as f32;
    let mean = sum(row, |value| value) / length;
    let variance = sum(row, |value| (value - mean) * (value - mean)) / length;
    let factor = 1.0 / (variance + epsilon).sqrt();
    for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
        *value = (*value - mean) * factor * weight + bias;
    }
}

/// Sum of a function over all values.
#[inline(always)]
fn sum(row: &[f32], function: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    for chunk in row.chunks(LANES) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += function(*value);
        }
    }
    lanes.iter().sum()
}

/// `x / (1 + e^-x)` in place, called SiLU or swish.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn swish(row: &mut [f32]) {
    for value in row {
        *value /= 1.0 + exp(-*value);
    }
}

/// `swish(gate) * up`, for Llama and Qwen; the row has the layout of [`gated_gelu`].
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn gated_swish(row: &[f32], output: &mut [f32]) {
    let (gate, up) = row.split_at(output.len());
    for ((output, x), up) in output.iter_mut().zip(gate).zip(up) {
        *output = x / (1.0 + exp(-x)) * up;
    }
}

/// `gelu(gate) * up`, with the tanh form of GELU (Hendrycks and Gimpel 2016), for Gemma and mT5. A row is `gate` and then
/// `up`; the output is half as long.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn gated_gelu(row: &[f32], output: &mut [f32]) {
    // x/2 (1 + tanh u) is x / (1 + e^-2u).
    const FACTOR: f32 = -2.0 * 0.797_884_6;
    let (gate, up) = row.split_at(output.len());
    for ((output, x), up) in output.iter_mut().zip(gate).zip(up) {
        *output = x / (1.0 + exp(FACTOR * (x + 0.044_715 * x * x * x))) * up;
    }
}

/// 1.5 times 2^23, where adjacent floats are 1 apart.
const ROUND: f32 = 12_582_912.0;

/// Columns that share a scale in 8 bits.
pub const BLOCK: usize = 32;

/// Quantises a row to 8 bits. The largest magnitude in `span` blocks becomes `levels`, at most 127; their common scale is the
/// value of one level. `sums` receives the sum of quants of each block.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn quantise(
    row: &[f32],
    levels: f32,
    span: usize,
    quants: &mut [i8],
    scales: &mut [f32],
    sums: &mut [i32],
) {
    let spans =
        row.as_chunks::<BLOCK>().0.chunks(span).zip(quants.as_chunks_mut::<BLOCK>().0.chunks_mut(span));
    for (((values, quants), scales), sums) in spans.zip(scales.chunks_mut(span)).zip(sums.chunks_mut(span)) {
        let mut lanes = [0.0f32; LANES];
        for half in values.as_flattened().as_chunks::<LANES>().0 {
            for (lane, value) in lanes.iter_mut().zip(half) {
                let magnitude = value.abs();
                *lane = if magnitude > *lane { magnitude } else { *lane };
            }
        }
        let mut width = LANES / 2;
        while width > 0 {
            let (low, high) = lanes.split_at_mut(width);
            for (low, high) in low.iter_mut().zip(high) {
                *low = if *high > *low { *high } else { *low };
            }
            width /= 2;
        }
        let largest = lanes[0];
        // Zeros stay zeros.
        let factor = if largest > 0.0 { levels / largest } else { 0.0 };
        for (((values, quants), scale), sum) in values.iter().zip(quants).zip(scales).zip(sums) {
            *scale = largest / levels;
            *sum = 0;
            for (quant, value) in quants.iter_mut().zip(values) {
                // Adding ROUND rounds a small number, ties to even, into the last bits.
                let rounded = (value * factor + ROUND).to_bits().wrapping_sub(ROUND.to_bits());
                *quant = rounded as i8;
                *sum += i32::from(*quant);
            }
        }
    }
}

/// Puts a row on a grid that is known: times `factor`, rounded, ties to even, and cut at 127. `sums` are the blocks' sums of
/// quants.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn quantise_by(row: &[f32], factor: f32, quants: &mut [i8], sums: &mut [i32]) {
    let blocks = row.as_chunks::<BLOCK>().0.iter().zip(quants.as_chunks_mut::<BLOCK>().0);
    for ((values, quants), sum) in blocks.zip(sums) {
        *sum = 0;
        for (quant, value) in quants.iter_mut().zip(values) {
            let rounded =
                ((value * factor).clamp(-127.0, 127.0) + ROUND).to_bits().wrapping_sub(ROUND.to_bits());
            *quant = rounded as i8;
            *sum += i32::from(*quant);
        }
    }
}

/// The sum and the smallest of signed bytes.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn sum_and_least(row: &[u8]) -> (i32, i8) {
    let (mut sum, mut least) = (0, i8::MAX);
    for value in row {
        sum += i32::from(value.cast_signed());
        least = least.min(value.cast_signed());
    }
    (sum, least)
}

/// A step of a simple recurrent unit without a reset (SSRU: Kim et al. 2019): `c = s(f) c + (1 - s(f)) x` in place, where `s`
/// is the logistic function; what comes out is `max(c, 0)`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn ssru(cell: &mut [f32], candidate: &[f32], forget: &[f32], output: &mut [f32]) {
    for (((cell, x), f), output) in cell.iter_mut().zip(candidate).zip(forget).zip(output) {
        let keep = 1.0 / (1.0 + exp(-f));
        *cell = keep * *cell + (1.0 - keep) * x;
        *output = cell.max(0.0);
    }
}

/// Turns scores into probabilities, in place.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn softmax(scores: &mut [f32]) {
    let (whole, rest) = scores.as_chunks_mut::<LANES>();
    // The rest fills a chunk too: one by one, it would take longer than all others.
    let mut padded = [f32::NEG_INFINITY; LANES];
    padded[..rest.len()].copy_from_slice(rest);
    let mut lanes = padded;
    for chunk in &*whole {
        for (lane, score) in lanes.iter_mut().zip(chunk) {
            *lane = if *score > *lane { *score } else { *lane };
        }
    }
    let largest = lanes.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
    let mut lanes = [0.0; LANES];
    for chunk in &mut *whole {
        for (lane, score) in lanes.iter_mut().zip(chunk) {
            *score = exp(*score - largest);
            *lane += *score;
        }
    }
    for score in &mut padded {
        *score = exp(*score - largest);
    }
    for (lane, score) in lanes.iter_mut().zip(&padded[..rest.len()]) {
        *lane += score;
    }
    let factor = 1.0 / lanes.iter().sum::<f32>();
    for score in whole.as_flattened_mut() {
        *score *= factor;
    }
    for (score, padded) in rest.iter_mut().zip(padded) {
        *score = padded * factor;
    }
}

/// The largest score; minus infinity if there is none.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn largest(scores: &[f32]) -> f32 {
    let mut largest = [f32::NEG_INFINITY; LANES];
    for chunk in scores.chunks(LANES) {
        for (largest, score) in largest.iter_mut().zip(chunk) {
            *largest = if *score > *largest { *score } else { *largest };
        }
    }
    largest.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b))
}

/// Logarithm of the sum of exponentials, for turning scores into log-probabilities. `largest`: the largest score.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
pub fn log_sum_exp(scores: &[f32], largest: f32) -> f32 {
    let mut lanes = [0.0; LANES];
    for chunk in scores.chunks(LANES) {
        for (lane, score) in lanes.iter_mut().zip(chunk) {
            *lane += exp(*score - largest);
        }
    }
    largest + lanes.iter().sum::<f32>().ln()
}

/// e^x within two units in the last place, by the method of Cephes' `expf`: 2^n times a polynomial of the rest.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Outside this range 2^n is not a normal number. A score of minus infinity becomes almost 0.
    let x = x.clamp(-87.0, 88.0);
    let n = (x * std::f32::consts::LOG2_E).round_ties_even();
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    let n = if n.is_nan() {
        0
    } else {
        // SAFETY: n is not NaN, and because of the clamp it is an integer between -126 and 127.
        unsafe { n.to_int_unchecked::<i32>() }
    };
    p * f32::from_bits(((n + 127) << 23).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_standard_library() {
        for step in -870..880 {
            let x = step as f32 / 10.0;
            let error = (exp(x) / x.exp() - 1.0).abs();
            assert!(error < 3e-7, "e^{x} is off by {error}");
        }
    }

    #[test]
    fn dot_handles_every_length() {
        for length in 0..70 {
            let a: Vec<f32> = (0..length).map(|i| i as f32).collect();
            assert_eq!(dot(&a, &a), a.iter().map(|x| x * x).sum::<f32>());
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        let mut scores: Vec<f32> = (0..37).map(|i| (i % 7) as f32).collect();
        let sum = log_sum_exp(&scores, largest(&scores));
        let expected: Vec<f32> = scores.iter().map(|score| (score - sum).exp()).collect();
        softmax(&mut scores);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        for (score, expected) in scores.iter().zip(expected) {
            assert!((score - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn the_largest_magnitude_of_a_block_becomes_the_last_level() {
        let row: Vec<f32> = (0..64).map(|i| if i < 32 { i as f32 - 31.0 } else { 0.0 }).collect();
        let (mut quants, mut scales, mut sums) = ([9; 64], [9.0; 2], [9; 2]);
        quantise(&row, 62.0, 1, &mut quants, &mut scales, &mut sums);
        assert_eq!((quants[0], quants[1], quants[31], quants[63]), (-62, -60, 0, 0));
        assert_eq!((scales, sums), ([0.5, 0.0], [-31 * 32, 0]));
    }

    #[test]
    fn a_known_grid_rounds_to_even_and_cuts() {
        let mut row = [0.0; 32];
        row[..6].copy_from_slice(&[0.25, 0.75, -0.25, 1.0, 1e9, -1e9]);
        let (mut quants, mut sums) = ([9; 32], [9; 1]);
        quantise_by(&row, 2.0, &mut quants, &mut sums);
        assert_eq!(quants[..7], [0, 2, 0, 2, 127, -127, 0]);
        assert_eq!(sums, [4]);
    }

    #[test]
    fn a_cell_keeps_what_its_gate_says() {
        let (mut cell, mut output) = ([1.0, 1.0, -2.0], [9.0; 3]);
        ssru(&mut cell, &[5.0, 5.0, 0.0], &[100.0, -100.0, 0.0], &mut output);
        for (got, expected) in cell.iter().chain(&output).zip([1.0, 5.0, -1.0, 1.0, 5.0, 0.0]) {
            assert!((got - expected).abs() < 1e-6, "{cell:?} {output:?}");
        }
    }

    #[test]
    fn a_normalised_row_has_mean_and_variance() {
        let mut row: Vec<f32> = (0..37).map(|i| (i * i) as f32).collect();
        layer_norm(&mut row, &[2.0; 37], &[5.0; 37], 1e-5);
        let mean = row.iter().sum::<f32>() / 37.0;
        let variance = row.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / 37.0;
        assert!((mean - 5.0).abs() < 1e-4 && (variance - 4.0).abs() < 1e-4, "{mean} {variance}");
    }

    #[test]
    fn swish_has_its_known_values() {
        let mut row = [-100.0, -1.0, 0.0, 2.0];
        swish(&mut row);
        for (got, expected) in row.iter().zip([0.0, -0.268_941_4, 0.0, 1.761_594_2]) {
            assert!((got - expected).abs() < 1e-6, "{got} {expected}");
        }
    }

    #[test]
    fn gelu_has_its_known_values() {
        let mut output = [0.0; 3];
        gated_gelu(&[-1.0, 0.0, 2.0, 1.0, 1.0, 1.0], &mut output);
        for (got, expected) in output.iter().zip([-0.158_808, 0.0, 1.954_597]) {
            assert!((got - expected).abs() < 1e-5, "{got} {expected}");
        }
    }
}
