//! Models in GGUF files, and reference values of other engines for them.

use std::{collections::HashMap, fs::File, io::Cursor, path::Path};

use candle_core::quantized::gguf_file::Content;
use serde::Deserialize;
use triglot::model::{Logits, mapped::MappedFile};

/// Texts, and reference logits at some of their positions.
#[derive(Deserialize)]
pub struct Reference {
    /// Token ids whose logits are in the reference.
    pub probes: Vec<u32>,
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    pub ids: Vec<u32>,
    pub positions: Vec<Position>,
}

#[derive(Deserialize)]
pub struct Position {
    pub at: usize,
    pub argmax: u32,
    pub margin: f32,
    pub logits: Vec<f32>,
}

impl Position {
    /// The best token may differ only if the reference's margin is below this.
    const MARGIN: f32 = 0.5;

    #[track_caller]
    pub fn assert_best(&self, logits: &Logits, text: &str) {
        let best = logits.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("not empty").0;
        assert!(
            best == self.argmax || self.margin < Self::MARGIN,
            "{text} at {}: {best} instead of {}, margin {}",
            self.at,
            self.argmax,
            self.margin
        );
    }
}

/// Logits of llama.cpp for the base model; `reference/gemma3_logits.py` writes them.
pub fn of_llama_cpp() -> Reference {
    serde_json::from_str(include_str!("../reference/gemma3_logits.json")).expect("the reference is JSON")
}

/// Logits of transformers and PEFT for the adapter of the tests; `reference/gemma3_adapter.py` writes them.
#[derive(Deserialize)]
pub struct Adapted {
    pub probes: Vec<u32>,
    pub ids: Vec<u32>,
    pub positions: Vec<AdaptedPosition>,
}

#[derive(Deserialize)]
pub struct AdaptedPosition {
    pub at: usize,
    pub logits: Vec<f32>,
}

pub fn of_peft() -> Adapted {
    serde_json::from_str(include_str!("../reference/gemma3_adapter.json")).expect("the reference is JSON")
}

/// Root-mean-square error over all added logits, relative to the expected ones.
#[derive(Default)]
pub struct Deviation {
    squares: f64,
    errors: f64,
}

impl Deviation {
    pub fn add(&mut self, ours: &Logits, probes: &[u32], expected: &[f32]) {
        let ours: HashMap<u32, f32> = ours.iter().collect();
        for (probe, expected) in probes.iter().zip(expected) {
            self.errors += f64::from(ours[probe] - expected).powi(2);
            self.squares += f64::from(*expected).powi(2);
        }
    }

    pub fn relative(&self) -> f64 {
        (self.errors / self.squares).sqrt()
    }
}

/// Opens the default model's file; returns it and its header.
pub fn default_model() -> (MappedFile, Content) {
    open(&super::default_model())
}

/// Opens a file; returns it and its header.
pub fn open(path: &Path) -> (MappedFile, Content) {
    let file = File::open(path).expect("the model opens");
    let file = MappedFile::map(&file).expect("the model can be mapped");
    let content = Content::read(&mut Cursor::new(&file[..])).expect("the model is GGUF");
    (file, content)
}
