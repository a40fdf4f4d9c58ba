//! Loads folders with Firefox's files, compressed or not. Damaged and unsupported files give precise errors.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use tokio::runtime::Runtime;
use triglot::{
    app::AppError,
    engine::{EngineError, Job, LoadedModel},
    lang::{Language, Pair},
    loader::LoadError,
    model::{
        Network, ShortlistId, Vocabulary,
        bergamot::{Bergamot, BergamotConfig, LexicalShortlist, ModelFile},
        linear::Precision,
    },
    translate::{Request, TranslateError},
};

use crate::support::{
    self,
    marian::{self, F32, INT8, INTGEMM8, Tensor},
};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/reference", &format!("bergamot-{name}")].iter().collect()
}

fn load(folder: &Path) -> Result<LoadedModel, AppError> {
    support::loaded_model(&["--model", folder.to_str().expect("it is text")])
}

/// The content of the fixture's file whose name starts with `start`.
fn content(name: &str, start: &str) -> Vec<u8> {
    let mut all =
        fs::read_dir(fixture(name)).expect("it can be listed").map(|entry| entry.expect("it is there"));
    let found =
        all.find(|entry| entry.file_name().to_string_lossy().starts_with(start)).expect("it is there");
    fs::read(found.path()).expect("it can be read")
}

/// A temporary folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    files.iter().for_each(|(name, content)| {
        fs::write(folder.path().join(name), content).expect("it is written");
    });
    folder
}

fn translated(model: LoadedModel, text: &str) -> String {
    let pair = *model.info.pairs.first().expect("it has a direction");
    let translator = support::translator(model);
    let request = Request::new(Some(pair.source), pair.target);
    RUNTIME.block_on(translator.text(request, text.to_owned())).expect("it translates").text
}

const TEXT: &str = "The mayor opened the letter.\n\n  The court heard about seven boats at night!  ";

#[test]
fn a_folder_translates_and_keeps_its_white_space() {
    let model = load(&fixture("shared")).expect("it loads");
    let pairs: Vec<_> = model.info.pairs.iter().map(Pair::to_string).collect();
    assert_eq!((pairs, model.longest_source), (vec!["en-fr".to_owned()], Some(128)));
    let text = translated(model, TEXT);
    let (first, rest) = text.split_once("\n\n  ").expect("the white space is kept");
    assert!(!first.is_empty() && rest.ends_with("  ") && !rest.trim().is_empty(), "{text:?}");
}

#[test]
fn only_its_own_direction_is_translated_and_long_sentences_are_cut() {
    let translator = support::translator(load(&fixture("shared")).expect("it loads"));
    let other = Request::new(Some(Language::French), Language::English);
    let result = RUNTIME.block_on(translator.text(other, "Le maire.".to_owned()));
    assert!(matches!(result, Err(TranslateError::UnsupportedPair { .. })));
    let text = format!("The mayor said {}.", "a e i o u ".repeat(36).trim_end());
    let pair = Pair { source: Language::English, target: Language::French };
    let prepared = translator.engines()[0].prepare(Job::new(pair, text.clone()));
    assert!(matches!(prepared, Err(EngineError::SourceTooLong { most: 128, .. })));
    let request = Request::new(Some(pair.source), pair.target);
    let translation = RUNTIME.block_on(translator.text(request, text)).expect("it translates");
    assert!(translation.segments.len() > 1);
}

#[test]
fn compressed_files_give_the_same_model() {
    let gzip = |content: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(content).expect("it is packed");
        packer.finish().expect("it is packed")
    };
    let zstd = |content: &[u8]| compress_to_vec(content, CompressionLevel::Fastest);
    let (model, lex) = (content("split", "model."), content("split", "lex."));
    let (source, target) = (content("split", "srcvocab."), content("split", "trgvocab."));
    let packed = folder(&[
        ("model.enru.intgemm.alphas.bin.zst", &zstd(&model)),
        ("lex.32.6.enru.s2t.bin.gz", &gzip(&lex)),
        ("srcvocab.enru.spm.gz", &gzip(&source)),
        ("trgvocab.enru.spm.zst", &zstd(&target)),
    ]);
    let expected = translated(load(&fixture("split")).expect("it loads"), TEXT);
    assert_eq!(translated(load(packed.path()).expect("it loads"), TEXT), expected);
}

#[test]
fn a_numpy_archive_gives_the_same_model() {
    let (model, vocabulary) = (content("float", "model."), content("float", "vocab."));
    let archive = folder(&[("model.npz", &marian::npz(&marian::read(&model))), ("vocab.spm", &vocabulary)]);
    fs::write(archive.path().join("metadata.json"), r#"{"sourceLanguage": "fr", "targetLanguage": "en"}"#)
        .expect("it is written");
    let expected = translated(load(&fixture("float")).expect("it loads"), "Le maire a dit oui.");
    assert_eq!(translated(load(archive.path()).expect("it loads"), "Le maire a dit oui."), expected);
}

/// A network without a shortlist. Weights that are not in 8 bits are computed in 32 bits.
fn network(tensors: &[Tensor]) -> Bergamot {
    let content = marian::write(tensors);
    let file = ModelFile::parse(&content).expect("it is a model");
    let mut network = Bergamot::load(&file, None, vec![1], Precision::F32).expect("it loads");
    network.restrict(&[Vocabulary { common: (0..40).collect(), copied: Vec::new() }]).expect("it has them");
    network
}

/// The tensors of a fixture's model.
fn tensors(name: &str) -> Vec<Tensor> {
    marian::read(&content(name, "model."))
}

/// Replaces `from` by `to` in the model's configuration.
fn configured(mut tensors: Vec<Tensor>, from: &str, to: &str) -> Vec<Tensor> {
    let config = tensors.iter_mut().find(|tensor| tensor.element == INT8).expect("it has a configuration");
    let text = String::from_utf8(config.data.clone()).expect("it is text").replace(from, to);
    let text = text.trim_end_matches('\0').to_owned() + "\0";
    (config.shape, config.data) = (vec![text.len() as i32], text.into_bytes());
    tensors
}

fn scores(network: &mut Bergamot) -> Vec<Vec<f32>> {
    let scored = network.score(&[5, 9, 20, 0], &[7, 8, 30], ShortlistId(0)).expect("it scores");
    scored.into_iter().map(|logits| logits.values).collect()
}

#[test]
fn tied_layers_share_their_weights() {
    let mut copied = tensors("shared");
    let first: Vec<Tensor> =
        copied.iter().filter(|tensor| tensor.name.starts_with("decoder_l1_")).cloned().collect();
    copied.retain(|tensor| !tensor.name.starts_with("decoder_l2_"));
    let tied =
        configured(copied.clone(), "transformer-tied-layers: []", "transformer-tied-layers:\n  - 1\n  - 1");
    copied.extend(first.into_iter().map(|tensor| Tensor { name: tensor.name.replace("l1", "l2"), ..tensor }));
    let expected = scores(&mut network(&copied));
    assert_eq!(scores(&mut network(&tied)), expected);
    assert_ne!(scores(&mut network(&tensors("shared"))), expected);
}

#[test]
fn without_calibration_each_row_gets_its_own_scale() {
    let mut uncalibrated = tensors("shared");
    uncalibrated.retain(|tensor| !tensor.name.ends_with("_QuantMultA"));
    let (ours, theirs) = (scores(&mut network(&uncalibrated)), scores(&mut network(&tensors("shared"))));
    let furthest = ours.iter().flatten().zip(theirs.iter().flatten()).map(|(a, b)| (a - b).abs());
    let furthest = furthest.fold(0.0, f32::max);
    assert!(furthest > 0.0 && furthest < 1.0, "{furthest}");
}

#[test]
fn models_without_output_projections_load() {
    let mut bare = tensors("float");
    bare.retain(|tensor| !["_Wo", "_bo"].iter().any(|end| tensor.name.ends_with(end)));
    let bare = configured(bare, "transformer-no-projection: false", "transformer-no-projection: true");
    assert_ne!(scores(&mut network(&bare)), scores(&mut network(&tensors("float"))));
}

#[test]
fn unsupported_settings_are_rejected() {
    let tensors = tensors("shared");
    let config = &tensors.iter().find(|tensor| tensor.element == INT8).expect("it has one").data;
    let config = String::from_utf8(config.clone()).expect("it is text").trim_end_matches('\0').to_owned();
    BergamotConfig::parse(&config).expect("the original is supported");
    for (from, to) in [
        ("type: transformer\n", "type: s2s\n"),
        ("dec-cell: ssru", "dec-cell: gru"),
        ("autoreg: rnn", "autoreg: self-attention"),
        ("postprocess: dan", "postprocess: da"),
        ("preprocess: \"\"", "preprocess: n"),
        ("postprocess-emb: d", "postprocess-emb: n"),
        ("ffn-activation: relu", "ffn-activation: tanh"),
        ("ffn-depth: 2", "ffn-depth: 3"),
        ("tied-embeddings-all: true", "tied-embeddings-all: false"),
        ("lemma-dim-emb: 0", "lemma-dim-emb: 2"),
        ("lemma-dependency: \"\"", "lemma-dependency: soft-transformer-layer"),
        ("layer-normalization: false", "layer-normalization: true"),
        ("train-positions: false", "train-positions: true"),
        ("ulr: false", "ulr: true"),
        ("tied-layers: []", "tied-layers: [3, 1]"),
        ("alignment-layer: last", "alignment-layer: 9"),
        ("heads: 8", "heads: 7"),
        ("heads: 8", "heads: 0"),
        ("dec-depth: 2", "dec-depth: 1000"),
        ("dec-depth: 2", "dec-depth: [2]"),
        ("dec-depth: 2", "dec-depth: *deep"),
        ("dim-emb: 64", "dimension: 64"),
        ("input-types:\n  []", "input-types:\n  - class"),
    ] {
        assert!(config.contains(from), "{from}");
        BergamotConfig::parse(&config.replace(from, to)).expect_err(to);
    }
}

#[test]
fn each_fault_of_a_model_file_has_its_error() {
    let good = tensors("shared");
    let file = marian::write(&good);
    let index = |name: &str| good.iter().position(|tensor| tensor.name == name).expect("it has this tensor");
    let with = |name: &str, change: &dyn Fn(&mut Tensor)| {
        let mut tensors = good.clone();
        change(&mut tensors[index(name)]);
        marian::write(&tensors)
    };
    let without = |name: &str| {
        let mut tensors = good.clone();
        tensors.remove(index(name));
        marian::write(&tensors)
    };
    let patched = |at: usize, number: u64| {
        let mut file = file.clone();
        file[at..at + 8].copy_from_slice(&number.to_le_bytes());
        file
    };
    let weight = "encoder_l1_ffn_W1";
    let header = 16 + 32 * index(weight);
    let not_finite = |tensor: &mut Tensor| tensor.data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let count = |tensor: &Tensor| tensor.shape.iter().product::<i32>() as usize;
    let zero = |tensor: &mut Tensor| {
        let end = count(tensor);
        tensor.data[end..end + 4].fill(0);
    };
    let yml = "special:model.yml";
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "the file is truncated"),
        (file[..12].to_vec(), "the file is truncated"),
        (file[..file.len() - 300].to_vec(), "the file is truncated"),
        (patched(0, 2), "version 2"),
        (patched(8, 1 << 40), "tensors are too many"),
        (patched(header, 1 << 20), "too long"),
        (patched(header + 16, 1000), "too long"),
        (patched(header + 24, u64::MAX), "the file is truncated"),
        (with(weight, &|tensor| tensor.shape[0] = -64), "a dimension below 1"),
        (with(weight, &|tensor| tensor.shape = vec![i32::MAX; 4]), "fewer bytes than its shape requires"),
        (with(weight, &|tensor| tensor.data.truncate(64 * 128)), "fewer bytes than its shape requires"),
        (with(weight, &|tensor| tensor.name.clear()), "the name of a tensor is empty"),
        (with(weight, &|tensor| tensor.name = "Wemb".to_owned()), "contains Wemb twice"),
        (without(weight), "encoder_l1_ffn_W1 is missing"),
        (
            with(weight, &|tensor| tensor.shape.reverse()),
            "encoder_l1_ffn_W1 has shape [128, 64], not [64, 128]",
        ),
        (with(weight, &|tensor| tensor.data[7] = 128), "an 8-bit weight is below -127"),
        (with(weight, &zero), "encoder_l1_ffn_W1 has no valid quantisation multiplier"),
        (with("Wemb", &zero), "Wemb has no valid quantisation multiplier"),
        (
            with("encoder_l1_self_Wk", &|tensor| {
                (tensor.element, tensor.data) = (F32, vec![0; 4 * count(tensor)])
            }),
            "do not have the same element type",
        ),
        (with("encoder_l1_ffn_b1", &not_finite), "encoder_l1_ffn_b1 has a value that is not finite"),
        (with("encoder_l1_ffn_b1", &|tensor| tensor.element = 0x402), "has the element type"),
        (without("encoder_l1_ffn_W1_QuantMultA"), "encoder_l1_ffn_W1_QuantMultA is missing"),
        (with("encoder_l1_ffn_W1_QuantMultA", &not_finite), "encoder_l1_ffn_W1_QuantMultA has no valid"),
        (without(yml), "special:model.yml is missing"),
        (with(yml, &|tensor| tensor.element = INTGEMM8), "is not text"),
        (with(yml, &|tensor| tensor.data[3] = 0xff), "is not text"),
        (with(yml, &|tensor| tensor.data[..9].fill(b'{')), "cannot parse special:model.yml"),
        (marian::write(&configured(good.clone(), "dec-cell: ssru", "dec-cell: lstm")), "dec-cell: lstm"),
        (
            marian::write(&configured(good.clone(), "dim-emb: 64", "dim-emb: 0")),
            "dim-emb: 0, which must be between",
        ),
        (b"PK\x03\x04 no archive".to_vec(), "cannot read the NumPy archive"),
    ];
    let vocabulary = content("shared", "vocab.");
    let folder = folder(&[("vocab.enfr.spm", &vocabulary), ("model.enfr.bin", &file)]);
    load(folder.path()).expect("it is good");
    for (content, expected) in cases {
        fs::write(folder.path().join("model.enfr.bin"), content).expect("it is written");
        let error =
            load(folder.path()).err().unwrap_or_else(|| panic!("no error for {expected:?}")).to_string();
        assert!(error.contains(expected), "{expected:?}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// A damaged file is rejected or gives a network that runs or says what is wrong.
    #[test]
    fn changed_bytes_of_a_header_never_panic(changes in prop::collection::vec((0..4500usize, any::<u8>()), 1..4)) {
        let mut file = content("swish", "model.");
        changes.into_iter().for_each(|(at, byte)| file[at] = byte);
        if let Ok(file) = ModelFile::parse(&file)
            && let Ok(mut network) = Bergamot::load(&file, None, vec![1], Precision::Int8)
        {
            let restricted = network.restrict(&[Vocabulary { common: vec![0, 2], copied: Vec::new() }]);
            prop_assert!(restricted.is_ok());
            // A changed weight may be no number, which is an error.
            let _ = network.score(&[0], &[2], ShortlistId(0));
        }
    }

    #[test]
    fn changed_bytes_of_a_shortlist_never_panic(changes in prop::collection::vec((0..7000usize, any::<u8>()), 1..4)) {
        let mut file = content("swish", "lex.");
        changes.into_iter().for_each(|(at, byte)| file[at] = byte);
        if let Ok(shortlist) = LexicalShortlist::parse(&file, 376, 376, true) {
            let candidates = shortlist.candidates(&[0, 3, 375, 9000]);
            prop_assert!(candidates.is_sorted() && candidates.iter().all(|token| *token < 376));
        }
    }
}

#[test]
fn each_fault_of_the_other_files_has_its_error() {
    let (model, source) = (content("split", "model."), content("split", "srcvocab."));
    let (target, lex) = (content("split", "trgvocab."), content("split", "lex."));
    let error = |files: &[(&str, &[u8])]| {
        let error = load(folder(files).path()).err();
        error.unwrap_or_else(|| panic!("no error for {files:?}")).to_string()
    };
    let (model, sources, targets) =
        (("model.enru.bin", &*model), ("srcvocab.enru.spm", &*source), ("trgvocab.enru.spm", &*target));
    load(folder(&[model, sources, targets, ("lex.enru.bin", &lex)]).path()).expect("it is good");
    let short = error(&[model, sources, targets, ("lex.enru.bin", &lex[..lex.len() - 4])]);
    assert!(short.contains("cannot use the lexical shortlist: the header requires"), "{short}");
    let one = error(&[model, ("vocab.enru.spm", &source)]);
    assert!(one.contains("one embedding for two vocabularies"), "{one}");
    let none = error(&[model, sources]);
    assert!(none.contains("it needs vocab.*.spm"), "{none}");
    let damaged = error(&[model, sources, ("trgvocab.enru.spm", b"nothing")]);
    assert!(damaged.contains("SentencePiece"), "{damaged}");
    for name in ["model.enru.bin.gz", "model.enru.bin.zst"] {
        let packed = error(&[(name, b"not packed at all"), sources, targets]);
        assert!(packed.contains("cannot be decompressed"), "{packed}");
    }
    let unnamed = load(folder(&[("model.bin", model.1), sources, targets]).path());
    assert!(matches!(unnamed, Err(AppError::Load(LoadError::Direction(_)))));
    let german = load(folder(&[("model.ende.bin", model.1), sources, targets]).path());
    assert!(matches!(german, Err(AppError::Load(LoadError::Direction(_)))));
}
