use super::*;

/// Reproducible pseudo-random numbers from -1 to 1.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// Weights in memory: values, levels, columns, and the result of `is_free`.
struct Plain(Vec<f32>, f32, usize, bool);

impl Source for Plain {
    fn outputs(&self) -> usize {
        self.0.len() / self.2
    }

    fn levels(&self) -> f32 {
        self.1
    }

    fn is_free(&self) -> bool {
        self.3
    }

    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError> {
        Ok(self.0[rows.start * self.2..rows.end * self.2].to_vec())
    }
}

fn packed(weights: Vec<f32>, levels: f32, columns: usize) -> Int8Matrix {
    Int8Matrix::quantise(&[Plain(weights, levels, columns, false)], columns).unwrap()
}

fn matrix(outputs: usize, columns: usize, kernel: Kernel) -> Int8Matrix {
    let weights = noise(outputs * columns, 7);
    Int8Matrix { kernel, ..packed(weights, 127.0, columns) }
}

fn run(matrix: &Int8Matrix, rows: &[f32]) -> Vec<f32> {
    let mut output = vec![f32::NAN; rows.len() / matrix.columns * matrix.outputs];
    matrix.multiply(rows, &mut output.chunks_exact_mut(matrix.outputs).collect::<Vec<_>>());
    output
}

#[test]
fn the_product_is_right_within_the_quantisation_error() {
    let (outputs, columns) = (50, 96);
    let weights = noise(outputs * columns, 7);
    let rows = noise(9 * columns, 3);
    let output = run(&matrix(outputs, columns, kernel(1)), &rows);
    for (row, output) in rows.chunks(columns).zip(output.chunks(outputs)) {
        for (weights, output) in weights.chunks(columns).zip(output) {
            let exact: f32 = row.iter().zip(weights).map(|(a, b)| a * b).sum();
            assert!((exact - output).abs() < 0.1, "{exact} {output}");
        }
    }
}

#[test]
fn every_kernel_agrees_with_the_portable_one() {
    let mut kernels: Vec<Kernel> = vec![kernel(1)];
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
    {
        kernels.push(avx2::multiply);
    }
    let rows = noise(11 * 640, 5);
    let expected = run(&matrix(40, 640, portable::multiply), &rows);
    for kernel in kernels {
        for (got, expected) in run(&matrix(40, 640, kernel), &rows).iter().zip(&expected) {
            assert!((got - expected).abs() <= 1e-4 * expected.abs().max(1.0), "{got} {expected}");
        }
    }
}

/// Compares the kernel for `SPAN` with the kernels for single blocks.
#[test]
fn every_kernel_supports_blocks_that_share_a_scale() {
    let (outputs, columns) = (40, 12 * BLOCK);
    let source = Plain(noise(outputs * columns, 7), 127.0, columns, true);
    let wide = Int8Matrix::quantise(&[source], columns).unwrap();
    assert_eq!(wide.span, SPAN);
    assert!(
        wide.blocks.chunks_exact(SPAN).all(|span| span.iter().all(|block| block.scales == span[0].scales))
    );
    let rows = noise(11 * columns, 5);
    let expected =
        run(&Int8Matrix { kernel: portable::multiply, blocks: wide.blocks.clone(), ..wide }, &rows);
    let narrow = Int8Matrix { kernel: kernel(1), blocks: wide.blocks.clone(), ..wide };
    for output in [run(&wide, &rows), run(&narrow, &rows)] {
        for (got, expected) in output.iter().zip(&expected) {
            assert!((got - expected).abs() <= 1e-4 * expected.abs().max(1.0), "{got} {expected}");
        }
    }
}

#[test]
fn a_row_does_not_depend_on_other_rows() {
    let matrix = matrix(2048, 640, kernel(1));
    let rows = noise(21 * 640, 11);
    let together = run(&matrix, &rows);
    for (row, together) in rows.chunks(640).zip(together.chunks(2048)) {
        assert_eq!(run(&matrix, row), together);
    }
}

#[test]
fn the_largest_values_do_not_overflow() {
    let matrix = packed(vec![-1.0; 16 * 64], 127.0, 64);
    for kernel in [kernel(1), portable::multiply as Kernel] {
        let matrix = Int8Matrix { kernel, blocks: matrix.blocks.clone(), ..matrix };
        for value in [1.0f32, -1.0] {
            let output = run(&matrix, &[value; 64]);
            assert!(output.iter().all(|sum| (sum + 64.0 * value).abs() < 0.1), "{output:?}");
        }
    }
}

#[test]
fn a_coarse_grid_is_kept_exactly() {
    let weights: Vec<f32> = (0..32).map(|i| 0.125 * (i as f32 - 16.0)).collect();
    let matrix = packed(weights, 16.0, 32);
    let quants: Vec<i32> = (0..32)
        .map(|column| i32::from(matrix.blocks[0].quants[column / 4 * 64 + column % 4]) - 128)
        .collect();
    assert_eq!(quants, (-16..16).collect::<Vec<_>>());
    assert_eq!(matrix.blocks[0].scales[0].to_f32(), 0.125);
}

#[test]
fn stacked_matrices_are_packed_as_one() {
    let weights = noise(50 * 64, 13);
    let (above, below) = weights.split_at(21 * 64);
    let [above, below] = [above, below].map(|part| Plain(part.to_vec(), 127.0, 64, false));
    let joined = Int8Matrix::quantise(&[above, below], 64).unwrap();
    let rows = noise(3 * 64, 17);
    assert_eq!(run(&joined, &rows), run(&packed(weights, 127.0, 64), &rows));
    assert!(Int8Matrix::quantise(&[Plain(vec![0.0; 40], 127.0, 40, false)], 40).is_err());
}
