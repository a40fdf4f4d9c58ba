//! A T5 in a folder gives the outputs of Transformers through the engine, at any load; and errors say what is wrong with a
//! folder.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use futures::future::join_all;
use serde::Deserialize;
use tokio::runtime::Runtime;
use triglot::{
    engine::{Engine, Job, LoadedModel},
    hub::ModelFiles,
    lang::{Language, Pair},
    loader::{self, LoadError},
    model::{ModelError, linear::Precision},
    tokenizer::TokenizerError,
};

use crate::support;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

#[derive(Deserialize)]
struct Reference {
    mt5: Cases,
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    summary: String,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

fn load(folder: &Path) -> Result<LoadedModel, LoadError> {
    let files = ModelFiles {
        name: "mine".to_owned(),
        path: folder.to_owned(),
        architecture: Some("t5".to_owned()),
        pairs: Pair::all().collect(),
        ..ModelFiles::default()
    };
    loader::load(&files, None, None, Precision::F32)
}

#[test]
fn summaries_equal_those_of_transformers() {
    let reference: Reference =
        serde_json::from_str(include_str!("reference/t5.json")).expect("the reference is JSON");
    let model = load(&fixture("mt5-tiny")).expect("it loads");
    assert!(model.info.pairs.is_empty(), "it does not translate");
    assert_eq!((model.longest_source, model.longest_output), (Some(512), Some(82)));
    let engine = Engine::start(model, support::engine_options()).expect("it starts");
    let run = async |case: &Case| {
        // Its shortlist has Latin letters too.
        let pair = Pair { source: Language::Russian, target: Language::Russian };
        let job = Job { beam_size: Some(4), max_output_ratio: 4.0, ..Job::new(pair, case.text.as_str()) };
        engine.run(&job).await.expect("it answers").text
    };
    RUNTIME.block_on(async {
        let answers = join_all(reference.mt5.cases.iter().map(run)).await;
        for (case, answer) in reference.mt5.cases.iter().zip(answers) {
            assert_eq!(answer, case.summary);
        }
    });
}

#[test]
fn errors_describe_what_is_wrong_with_a_folder() {
    let copy = tempfile::tempdir().expect("a folder can be made");
    for name in ["config.json", "spiece.model", "pytorch_model.bin"] {
        fs::copy(fixture("t5-tiny").join(name), copy.path().join(name)).expect("it is copied");
    }
    let load = || load(copy.path()).err();
    assert!(load().is_none(), "these files are enough");
    let broken = |name: &str, content: &[u8]| {
        let path = copy.path().join(name);
        let before = fs::read(&path).expect("it is there");
        fs::write(&path, content).expect("it is written");
        let error = load();
        fs::write(&path, before).expect("it is written");
        error.unwrap_or_else(|| panic!("{name} is accepted")).to_string()
    };
    let config = fs::read_to_string(copy.path().join("config.json")).expect("it is there");
    let replaced = |from: &str, to: &str| {
        assert!(config.contains(from), "{from} is there");
        broken("config.json", config.replace(from, to).as_bytes())
    };
    assert!(replaced("\"d_model\": 32", "\"d_model\": 64").contains("has the shape"));
    assert!(replaced("\"vocab_size\": 432", "\"vocab_size\": 100").contains("larger than its embedding"));
    assert!(replaced("\"eos_token_id\": 1", "\"eos_token_id\": 5").contains("ends a text"));
    broken("config.json", b"{");
    broken("spiece.model", b"nothing");
    let weights = fs::read(copy.path().join("pytorch_model.bin")).expect("it is there");
    for length in [0, 1, weights.len() / 2, weights.len() - 1] {
        broken("pytorch_model.bin", &weights[..length]);
    }
    fs::write(copy.path().join("generation_config.json"), "[]").expect("it is written");
    assert!(matches!(load(), Some(LoadError::Model(ModelError::Format(_)))));
    fs::remove_file(copy.path().join("generation_config.json")).expect("it is removed");
    fs::remove_file(copy.path().join("spiece.model")).expect("it is removed");
    assert!(matches!(load(), Some(LoadError::Model(ModelError::Format(_)))));
    fs::write(copy.path().join("tokenizer.json"), "{}").expect("it is written");
    assert!(matches!(load(), Some(LoadError::Tokenizer(TokenizerError::Build(_)))));
}
