//! Low-rank adapters (LoRA, Hu et al. 2021) in the format of Hugging Face's PEFT: a folder with `adapter_config.json` and
//! `adapter_model.safetensors`.
//!
//! An adapter changes linear layers: the weights `W [outputs, columns]` become `W + scale * B A`, with `A [rank, columns]`
//! and `B [outputs, rank]`. It is merged when a model is loaded, before the weights are packed, so inference costs nothing
//! more. An adapter with a feature that this code does not support is refused; nothing in it is ignored.

use std::collections::{BTreeMap, BTreeSet};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};
use serde::Deserialize;
use serde_json::Value;

use super::vector;

/// Metadata key in the weights file with the SHA-256 of the base model's file. PEFT has no field for it.
const BASE: &str = "base_model_sha256";
/// PEFT's prefix of module names.
const PREFIX: &str = "base_model.model.";
/// The largest supported rank; the format has no limit.
const MAX_RANK: usize = 1024;

/// Why an adapter cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    #[error("cannot read its configuration: {0}")]
    Config(#[from] serde_json::Error),
    #[error("cannot read its weights: {0}")]
    Weights(#[from] SafeTensorError),
    #[error("its configuration sets {0} to an unsupported value")]
    Unsupported(String),
    #[error("it was made for the model file {found}, not for {expected}")]
    Base { expected: String, found: String },
    #[error("its tensor {0} does not belong to a linear layer of this model")]
    Unknown(String),
    #[error("{0} has only one of its two low-rank matrices")]
    Half(String),
    #[error("{module} has matrices of the shapes {shapes}")]
    Shape { module: String, shapes: String },
    #[error("it has no tensors")]
    Empty,
    #[error("{0} is not a matrix of finite 32-bit or 16-bit floats")]
    Values(String),
}

/// `adapter_config.json`.
#[derive(Deserialize)]
struct Config {
    peft_type: String,
    r: usize,
    lora_alpha: f32,
    #[serde(default)]
    use_rslora: bool,
    #[serde(default)]
    bias: Option<String>,
    #[serde(default)]
    init_lora_weights: Value,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// Settings about the training or origin of an adapter, which do not change the meaning of its weights.
const TRAINING_SETTINGS: &[&str] = &[
    "auto_mapping",
    "base_model_name_or_path",
    "ensure_weight_tying",
    "eva_config",
    "exclude_modules",
    "inference_mode",
    "layers_pattern",
    "layers_to_transform",
    "loftq_config",
    "lora_dropout",
    "megatron_core",
    "peft_version",
    "qalora_group_size",
    "revision",
    "runtime_config",
    "target_modules",
    "task_type",
];
/// Initialisations that keep the weights of the base model. Others, such as PiSSA, change them, and the adapter fits only the
/// changed weights.
const NEUTRAL_INITIALISATIONS: &[&str] = &["gaussian", "eva", "orthogonal"];

impl Config {
    /// The first unsupported setting. PEFT writes all its settings, so empty and false values do not count.
    fn unsupported(&self) -> Option<String> {
        let is_no = |value: &Value| match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(values) => values.is_empty(),
            Value::Object(values) => values.is_empty(),
            _ => false,
        };
        let beginning = match &self.init_lora_weights {
            Value::String(way) => NEUTRAL_INITIALISATIONS.contains(&way.as_str()),
            _ => true,
        };
        let named = [
            ("peft_type", self.peft_type == "LORA"),
            ("r", (1..=MAX_RANK).contains(&self.r)),
            ("lora_alpha", self.lora_alpha.is_finite()),
            ("bias", self.bias.as_deref().is_none_or(|bias| bias == "none")),
            ("init_lora_weights", beginning),
        ];
        let named = named.iter().filter(|(_, fine)| !fine).map(|(name, _)| *name);
        let rest = self
            .rest
            .iter()
            .filter(|(name, value)| !TRAINING_SETTINGS.contains(&name.as_str()) && !is_no(value));
        named.chain(rest.map(|(name, _)| name.as_str())).next().map(str::to_owned)
    }
}

/// Changes to linear layers, by module names in the base model.
pub struct Adapter {
    rank: usize,
    scale: f64,
    base: Option<String>,
    /// `A` and `B` of each module.
    changes: BTreeMap<String, (Matrix, Matrix)>,
}

impl Adapter {
    /// Parses the content of the two files.
    ///
    /// # Errors
    /// If a file is damaged or has an unsupported feature.
    pub fn parse(config: &[u8], weights: &[u8]) -> Result<Self, AdapterError> {
        let config: Config = serde_json::from_slice(config)?;
        if let Some(setting) = config.unsupported() {
            return Err(AdapterError::Unsupported(setting));
        }
        let rank = config.r as f64;
        let scale = f64::from(config.lora_alpha) / if config.use_rslora { rank.sqrt() } else { rank };
        let (_, metadata) = SafeTensors::read_metadata(weights)?;
        let base = metadata.metadata().as_ref().and_then(|metadata| metadata.get(BASE).cloned());
        Ok(Self { rank: config.r, scale, base, changes: changes(&SafeTensors::deserialize(weights)?)? })
    }

    /// Whether the adapter names its base model's file.
    pub fn names_base(&self) -> bool {
        self.base.is_some()
    }

    /// Checks that it was made for the model file with this SHA-256, if it names its base.
    pub fn check_base(&self, sha256: &str) -> Result<(), AdapterError> {
        match &self.base {
            Some(base) if base != sha256 => {
                Err(AdapterError::Base { expected: sha256.to_owned(), found: base.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Checks that it changes only these modules.
    pub fn check_modules(&self, modules: impl Iterator<Item = String>) -> Result<(), AdapterError> {
        let known: BTreeSet<String> = modules.collect();
        match self.changes.keys().find(|module| !known.contains(*module)) {
            Some(module) => Err(AdapterError::Unknown(module.clone())),
            None => Ok(()),
        }
    }

    /// The change to a module's weights `[outputs, columns]`; `None` if there is none.
    pub fn change(
        &self,
        module: &str,
        outputs: usize,
        columns: usize,
    ) -> Result<Option<Change<'_>>, AdapterError> {
        let Some((a, b)) = self.changes.get(module) else { return Ok(None) };
        if a.shape != [self.rank, columns] || b.shape != [outputs, self.rank] {
            return Err(AdapterError::Shape {
                module: module.to_owned(),
                shapes: format!(
                    "{:?} and {:?}, which do not fit rank {} and the layer's {:?}",
                    a.shape,
                    b.shape,
                    self.rank,
                    [outputs, columns]
                ),
            });
        }
        Ok(Some(Change { a, b, scale: self.scale as f32 }))
    }
}

/// The change to a layer, `scale B A`, computed for a few rows at a time.
pub struct Change<'a> {
    a: &'a Matrix,
    b: &'a Matrix,
    scale: f32,
}

impl Change<'_> {
    /// Adds the change to `weights` `[rows, columns]`, which are the rows of the layer from `first` on.
    pub fn add(&self, first: usize, weights: &mut [f32]) {
        for (row, weights) in (first..).zip(weights.chunks_exact_mut(self.a.shape[1])) {
            for (factor, a) in self.b.row(row).iter().zip(self.a.rows()) {
                vector::add_scaled(weights, self.scale * factor, a);
            }
        }
    }
}

/// `A` or `B`.
struct Matrix {
    shape: [usize; 2],
    values: Vec<f32>,
}

impl Matrix {
    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.shape[1])
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.shape[1]..][..self.shape[1]]
    }
}

fn changes(tensors: &SafeTensors<'_>) -> Result<BTreeMap<String, (Matrix, Matrix)>, AdapterError> {
    let mut halves: BTreeMap<String, [Option<Matrix>; 2]> = BTreeMap::new();
    for (name, view) in tensors.iter() {
        let module = name.strip_prefix(PREFIX).and_then(|name| {
            let split = |which, half| Some((name.strip_suffix(which)?, half));
            split(".lora_A.weight", 0).or_else(|| split(".lora_B.weight", 1))
        });
        let (module, half) = module.ok_or_else(|| AdapterError::Unknown(name.to_owned()))?;
        halves.entry(module.to_owned()).or_default()[half] = Some(matrix(name, &view)?);
    }
    if halves.is_empty() {
        return Err(AdapterError::Empty);
    }
    halves
        .into_iter()
        .map(|(module, halves)| match halves {
            [Some(a), Some(b)] => Ok((module, (a, b))),
            _ => Err(AdapterError::Half(module)),
        })
        .collect()
}

/// A tensor as 32-bit floats.
fn matrix(name: &str, view: &TensorView<'_>) -> Result<Matrix, AdapterError> {
    let wrong = || AdapterError::Values(name.to_owned());
    let [rows, columns] = *view.shape() else { return Err(wrong()) };
    if rows == 0 || columns == 0 {
        return Err(wrong());
    }
    let (pairs, fours) = (view.data().as_chunks::<2>().0, view.data().as_chunks::<4>().0);
    let values: Vec<f32> = match view.dtype() {
        Dtype::F32 => fours.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F16 => pairs.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect(),
        Dtype::BF16 => pairs.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect(),
        _ => return Err(wrong()),
    };
    let finite = values.iter().all(|value| value.is_finite());
    if finite { Ok(Matrix { shape: [rows, columns], values }) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const CONFIG: &str = r#"{"peft_type": "LORA", "r": 1, "lora_alpha": 2, "bias": "none"}"#;

    /// An adapter file with 32-bit tensors.
    fn file(tensors: &[(&str, &[usize], &[f32])], base: Option<&str>) -> Vec<u8> {
        let bytes: Vec<Vec<u8>> = tensors
            .iter()
            .map(|(_, _, values)| values.iter().flat_map(|v| v.to_le_bytes()).collect())
            .collect();
        let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
            (*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap())
        });
        let metadata = base.map(|base| HashMap::from([(BASE.to_owned(), base.to_owned())]));
        safetensors::serialize(views, metadata).unwrap()
    }

    const A: (&str, &[usize], &[f32]) = ("base_model.model.m.lora_A.weight", &[1, 3], &[1.0, 2.0, 3.0]);
    const B: (&str, &[usize], &[f32]) = ("base_model.model.m.lora_B.weight", &[2, 1], &[1.0, -1.0]);

    #[test]
    fn a_change_is_added_with_its_scale() {
        let adapter = Adapter::parse(CONFIG.as_bytes(), &file(&[A, B], None)).unwrap();
        let change = adapter.change("m", 2, 3).unwrap().unwrap();
        let mut weights = [1.0; 6];
        change.add(0, &mut weights);
        assert_eq!(weights, [3.0, 5.0, 7.0, -1.0, -3.0, -5.0]);
        let mut second = [0.0; 3];
        change.add(1, &mut second);
        assert_eq!(second, [-2.0, -4.0, -6.0]);
        assert!(adapter.change("other", 2, 3).unwrap().is_none());
        assert!(matches!(adapter.change("m", 2, 4), Err(AdapterError::Shape { .. })));
        adapter.check_modules(["m", "n"].into_iter().map(str::to_owned)).unwrap();
        assert!(matches!(adapter.check_modules(std::iter::empty()), Err(AdapterError::Unknown(_))));
    }

    #[test]
    fn the_base_is_checked_if_it_is_named() {
        let named = Adapter::parse(CONFIG.as_bytes(), &file(&[A, B], Some("abc"))).unwrap();
        named.check_base("abc").unwrap();
        assert!(matches!(named.check_base("def"), Err(AdapterError::Base { .. })));
        let unnamed = Adapter::parse(CONFIG.as_bytes(), &file(&[A, B], None)).unwrap();
        assert!(!unnamed.names_base());
        unnamed.check_base("def").unwrap();
    }

    #[test]
    fn unsupported_features_and_damage_are_refused() {
        let whole = file(&[A, B], None);
        let config = |from: &str, to: &str| Adapter::parse(CONFIG.replace(from, to).as_bytes(), &whole);
        for (from, to, setting) in [
            ("LORA", "IA3", "peft_type"),
            ("\"r\": 1", "\"r\": 0", "r"),
            ("\"none\"", "\"all\"", "bias"),
            ("}", ", \"use_dora\": true}", "use_dora"),
            ("}", ", \"init_lora_weights\": \"pissa_niter_16\"}", "init_lora_weights"),
            ("}", ", \"of_the_future\": 1}", "of_the_future"),
        ] {
            let Err(AdapterError::Unsupported(named)) = config(from, to) else { panic!("{to} was read") };
            assert_eq!(named, setting);
        }
        config("}", ", \"of_the_future\": null, \"init_lora_weights\": true, \"task_type\": \"CAUSAL_LM\"}")
            .unwrap();
        assert!(matches!(config("}", ""), Err(AdapterError::Config(_))));
        let weights = |weights: &[u8]| Adapter::parse(CONFIG.as_bytes(), weights);
        assert!(matches!(weights(&whole[..whole.len() - 1]), Err(AdapterError::Weights(_))));
        assert!(matches!(weights(&file(&[A], None)), Err(AdapterError::Half(_))));
        assert!(matches!(weights(&file(&[], None)), Err(AdapterError::Empty)));
        let flat = (A.0, &[3_usize][..], A.2);
        assert!(matches!(weights(&file(&[flat, B], None)), Err(AdapterError::Values(_))));
        let nothing = (A.0, &[0_usize, 3][..], &[][..]);
        assert!(matches!(weights(&file(&[nothing, B], None)), Err(AdapterError::Values(_))));
        let bias = ("base_model.model.m.lora_B.bias", &[2_usize][..], &[1.0_f32, 1.0][..]);
        assert!(matches!(weights(&file(&[A, B, bias], None)), Err(AdapterError::Unknown(_))));
        let broken = (A.0, A.1, &[1.0, f32::NAN, 1.0][..]);
        assert!(matches!(weights(&file(&[broken, B], None)), Err(AdapterError::Values(_))));
    }
}
