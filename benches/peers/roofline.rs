//! Measures what this processor can do at most, the 8-bit products at the shapes of Firefox's base-memory models, and the two
//! ways to restrict the output: each source's own candidates, or the union of a batch. One thread. `FOLDER` is a model from
//! `tests/reference/bergamot.py --shape base-memory`, and `FEED` has one sentence a line.
//!
//! ```sh
//! cargo build --release
//! rustc --edition 2024 -O benches/peers/roofline.rs -o target/roofline \
//!     --extern triglot=target/release/libtriglot.rlib -L dependency=target/release/deps
//! RAYON_NUM_THREADS=1 target/roofline FOLDER FEED
//! ```
//!
//! Safety: `main` checks the features of the processor before it calls the functions that need them, and `sum` reads whole chunks.

use std::{
    arch::asm, arch::x86_64::*, collections::BTreeSet, env, fs, hint::black_box, path::Path, time::Instant,
};

use triglot::{
    model::{bergamot::LexicalShortlist, int8::CalibratedMatrix},
    tokenizer::{BergamotTokenizer, Tokenizer},
};

/// Width of the model, and its vocabulary.
const WIDTH: usize = 384;
const TOKENS: usize = 32_000;

/// Shortest of many runs, in seconds: other work on the machine only lengthens a run.
fn best(times: usize, mut f: impl FnMut()) -> f64 {
    (0..times)
        .map(|_| {
            let t = Instant::now();
            f();
            t.elapsed().as_secs_f64()
        })
        .fold(f64::MAX, f64::min)
}
/// Adds up products in registers only.
#[target_feature(enable = "avx512f,avx512vnni")]
fn vnni(n: usize) -> i32 {
    let mut sums = [_mm512_setzero_si512(); 12];
    let (a, b) = (_mm512_set1_epi8(black_box(3)), _mm512_set1_epi8(black_box(1)));
    for _ in 0..n {
        for s in &mut sums {
            *s = _mm512_dpbusd_epi32(*s, a, b);
            unsafe {
                asm!("/* {0} */", inout(zmm_reg) * s, options(nomem, nostack, preserves_flags));
            }
        }
    }
    let mut t = _mm512_setzero_si512();
    for s in sums {
        t = _mm512_add_epi32(t, s);
    }
    _mm512_reduce_add_epi32(t)
}
/// Reads a slice.
#[target_feature(enable = "avx512f")]
fn sum(v: &[i32]) -> i32 {
    let mut s = [_mm512_setzero_si512(); 8];
    for c in v.chunks_exact(128) {
        for (i, s) in s.iter_mut().enumerate() {
            *s = _mm512_xor_si512(*s, unsafe { _mm512_loadu_si512(c.as_ptr().add(16 * i).cast()) });
        }
    }
    let mut t = s[0];
    for x in &s[1..] {
        t = _mm512_xor_si512(t, *x);
    }
    _mm512_reduce_add_epi32(t)
}
/// Adds up 32-bit products in registers only.
#[target_feature(enable = "avx512f")]
fn fmas(n: usize) -> f32 {
    let mut s = [_mm512_setzero_ps(); 12];
    let a = _mm512_set1_ps(black_box(1.0));
    for _ in 0..n {
        for x in &mut s {
            *x = _mm512_fmadd_ps(a, a, *x);
            unsafe {
                asm!("/* {0} */", inout(zmm_reg) * x, options(nomem, nostack, preserves_flags));
            }
        }
    }
    let mut t = s[0];
    for x in &s[1..] {
        t = _mm512_add_ps(t, *x);
    }
    _mm512_reduce_add_ps(t)
}
fn matrix(outputs: usize, columns: usize) -> CalibratedMatrix {
    let w: Vec<u8> = (0..outputs * columns).map(|i| ((i * 37 + i / 5) % 127) as u8).collect();
    CalibratedMatrix::pack(outputs, columns, |r| &w[r * columns..][..columns], 50.0, Some(20.0), &[])
        .expect("it packs")
}
fn product(m: &[CalibratedMatrix], rows: &[f32], count: usize, out: &mut [f32]) {
    let o: usize = m.iter().map(CalibratedMatrix::outputs).sum();
    let mut s: Vec<&mut [f32]> = out[..count * o].chunks_exact_mut(o).collect();
    CalibratedMatrix::multiply(m, rows, &mut s);
}
fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, feed] = arguments.as_slice() else { panic!("FOLDER FEED") };
    assert!(
        is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni"),
        "needs AVX-512 VNNI"
    );
    peaks();
    products();
    shortlists(Path::new(folder), feed);
}

fn peaks() {
    let n = 100_000;
    let t = best(200, || {
        black_box(unsafe { vnni(n) });
    });
    println!("VNNI peak, registers: {:.0} GOP/s a thread", n as f64 * 12.0 * 64.0 * 2.0 / t / 1e9);
    let t = best(200, || {
        black_box(unsafe { fmas(n) });
    });
    println!("f32 FMA peak, registers: {:.0} GFLOP/s a thread", n as f64 * 12.0 * 16.0 * 2.0 / t / 1e9);
    let v = vec![1i32; 512 << 18];
    let mut rates: Vec<f64> = v.chunks(1 << 20).map(|_| 0.0).collect();
    for _ in 0..4 {
        for (c, r) in v.chunks(1 << 20).zip(&mut rates) {
            let t = Instant::now();
            black_box(unsafe { sum(c) });
            *r = r.max(4.194304e-3 / t.elapsed().as_secs_f64());
        }
    }
    rates.sort_by(f64::total_cmp);
    println!("read of 512 MiB in pieces of 4 MiB: median {:.1} GB/s a thread", rates[rates.len() / 2]);
    let t = best(1000, || {
        black_box(unsafe { sum(&v[..1 << 18]) });
    });
    println!("read of 1 MiB, again and again: {:.1} GB/s a thread", 1.048576e-3 / t);
}

fn products() {
    let mut out = vec![0.0f32; 1 << 21];
    for (o, c, rows) in [
        (384, 384, 16),
        (768, 384, 16),
        (1536, 384, 16),
        (384, 1536, 16),
        (1536, 384, 256),
        (384, 1536, 256),
        (1152, 384, 256),
        (1536, 384, 1),
    ] {
        let m = [matrix(o, c)];
        let x: Vec<f32> = (0..rows * c).map(|i| (i % 601) as f32 / 40.0 - 7.5).collect();
        let t = best(300, || product(&m, &x, rows, &mut out));
        println!(
            "product {o}x{c}, {rows} rows: {:.1} us, {:.0} GOP/s",
            t * 1e6,
            (2 * o * c * rows) as f64 / t / 1e9
        );
    }
}

fn shortlists(folder: &Path, feed: &str) {
    let mut out = vec![0.0f32; 1 << 21];
    let read = |name: &str| fs::read(folder.join(name)).expect("the folder has the file");
    let tok = BergamotTokenizer::parse(&read("vocab.enfr.spm"), None).expect("it is a vocabulary");
    let lex = LexicalShortlist::parse(&read("lex.50.50.enfr.s2t.bin"), tok.sizes().0, TOKENS, true);
    let lex = lex.expect("it is a shortlist");
    let feed = fs::read_to_string(feed).expect("the feed is text");
    let sources: Vec<Vec<u32>> = feed.lines().take(480).map(|l| tok.encode(l).expect("it has ids")).collect();
    let lists: Vec<Vec<u32>> = sources.iter().map(|s| lex.candidates(s)).collect();
    let own = lists.iter().map(Vec::len).sum::<usize>() as f64 / lists.len() as f64;
    let len = sources.iter().map(Vec::len).sum::<usize>() as f64 / sources.len() as f64;
    println!("{len:.1} source tokens, {own:.0} candidates a sentence");
    let w: Vec<u8> = (0..TOKENS * WIDTH).map(|i| ((i * 37 + i / 5) % 127) as u8).collect();
    let pack = |ids: &[u32]| {
        CalibratedMatrix::pack(
            ids.len(),
            WIDTH,
            |r| &w[ids[r] as usize * WIDTH..][..WIDTH],
            50.0,
            Some(20.0),
            &[],
        )
        .expect("it packs")
    };
    for rows in [1usize, 4, 16, 32] {
        let batch = &lists[..rows];
        let union: Vec<u32> = batch.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let x: Vec<f32> = (0..rows * WIDTH).map(|i| (i % 601) as f32 / 40.0 - 7.5).collect();
        let gather_own: f64 = batch
            .iter()
            .map(|l| {
                best(40, || {
                    black_box(pack(l));
                })
            })
            .sum();
        let gather_union = best(150, || {
            black_box(pack(&union));
        });
        let ms: Vec<_> = batch.iter().map(|l| [pack(l)]).collect();
        let mu = [pack(&union)];
        let step_own: f64 =
            ms.iter().zip(x.chunks(WIDTH)).map(|(m, x)| best(60, || product(m, x, 1, &mut out))).sum();
        let step_union = best(300, || product(&mu, &x, rows, &mut out));
        println!(
            "{rows} rows: union {} tokens; gather all own {:.0} us, the union once {:.0} us; step own {:.0} us, union {:.0} us",
            union.len(),
            gather_own * 1e6,
            gather_union * 1e6,
            step_own * 1e6,
            step_union * 1e6
        );
    }
}
