//! A Marian model in a folder translates whole documents, with the same words at any load. Errors in a folder are reported.

use std::{fs, path::Path, sync::LazyLock};

use futures::future::join_all;
use serde::Deserialize;
use tokio::runtime::Runtime;
use triglot::{
    app::AppError,
    engine::{Engine, EngineError, EngineOptions, Job, LoadedModel},
    hub::ModelReference,
    lang::{Language, Pair},
    loader::LoadError,
    text::Limits,
    translate::{Request, TranslateError, Translator},
};

use crate::support;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

#[derive(Deserialize)]
struct Reference {
    tiny: Cases,
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    translation: String,
}

fn fixture(name: &str) -> String {
    format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A model as `--model ./folder` loads it.
fn load(folder: &str, compute_type: &str) -> Result<LoadedModel, AppError> {
    support::loaded_model(&["--model", folder, "--compute-type", compute_type])
}

/// The trained model.
fn tiny(compute_type: &str) -> LoadedModel {
    load(&fixture("marian-tiny"), compute_type).expect("the model loads")
}

fn request(beam_size: usize) -> Request {
    Request { beam_size: Some(beam_size), ..Request::new(Some(Language::English), Language::French) }
}

#[test]
fn translations_equal_those_of_transformers() {
    let reference: Reference =
        serde_json::from_str(include_str!("reference/marian.json")).expect("the reference is JSON");
    let translator = support::translator(tiny("f32"));
    RUNTIME.block_on(async {
        // Sentences only; other texts are split before they reach the model.
        for case in reference.tiny.cases.iter().filter(|case| case.text.ends_with('.')).take(40) {
            let pair = Pair { source: Language::English, target: Language::French };
            let job = Job { beam_size: Some(4), ..Job::new(pair, case.text.as_str()) };
            let output = translator.engines()[0].run(&job).await.expect("it translates");
            assert_eq!(output.text, case.translation);
        }
    });
}

#[test]
fn a_document_keeps_its_layout() {
    let text = "The mayor signed an agreement with the workers on Monday.\n\n  The police closed two schools last week.\n";
    let expected = "Le maire a signé un accord avec les salariés lundi.\n\n  La police a fermé deux écoles la semaine dernière.\n";
    let model = tiny("auto");
    assert_eq!(model.info.name, "marian-tiny");
    assert_eq!(model.info.pairs.iter().map(Pair::to_string).collect::<Vec<_>>(), ["en-fr"]);
    assert_eq!(model.info.sha256.len(), 64);
    let translator = support::translator(model);
    let translate = async |beam_size| {
        let translation = translator.text(request(beam_size), text.to_owned()).await.expect("it translates");
        assert!(translation.segments.iter().all(|segment| segment.findings.is_empty()));
        translation.text
    };
    RUNTIME.block_on(async {
        assert_eq!(translate(1).await, expected);
        assert_eq!(translate(4).await, expected);
        let crowd = join_all((0..20).map(|index| translate(1 + index % 4))).await;
        assert!(crowd.iter().all(|text| text == expected));
    });
}

#[test]
fn alternatives_are_returned_on_request() {
    let translator = support::translator(tiny("f32"));
    RUNTIME.block_on(async {
        let asked = Request { alternatives: 3, ..request(4) };
        let text = "The mayor opened two schools in Paris.\n";
        let translation = translator.text(asked, text.to_owned()).await.expect("it translates");
        let [segment] = translation.segments.as_slice() else { panic!("{:?}", translation.segments) };
        let all: Vec<&str> = segment.alternatives.iter().map(|other| other.text.as_str()).collect();
        assert!((1..=3).contains(&all.len()), "{all:?}");
        assert!(!all.contains(&translation.text.trim_end()));
        assert!(all.iter().all(|text| !text.is_empty()));
        let scores = segment.alternatives.iter().map(|other| other.score);
        assert!(scores.collect::<Vec<_>>().is_sorted_by(|a, b| a >= b));
        let plain = translator.text(request(4), text.to_owned()).await.expect("it translates");
        assert_eq!(plain.text, translation.text);
        assert!(plain.segments[0].alternatives.is_empty());
    });
}

#[test]
fn a_sentence_with_more_tokens_than_positions_is_split() {
    // Each of these letters is a token, so the sentence has more tokens than the model has positions.
    let text = format!("The mayor said {}.", "a e i o u ".repeat(120).trim_end());
    let options = EngineOptions { queue_tokens: 1 << 20, ..support::engine_options() };
    let engine = Engine::start(tiny("int8"), options).expect("it starts");
    let limits = Limits { max_segment_chars: 2000 };
    let translator = Translator::new(vec![engine], limits).expect("it is one model");
    let pair = Pair { source: Language::English, target: Language::French };
    let prepared = translator.engines()[0].prepare(Job::new(pair, text.clone()));
    assert!(matches!(prepared, Err(EngineError::SourceTooLong { .. })));
    RUNTIME.block_on(async {
        let translation = translator.text(request(1), text.clone()).await.expect("it translates");
        assert!(translation.segments.len() > 1, "{:?}", translation.segments);
        let last = translation.segments.last().expect("there are segments");
        assert_eq!(last.source.end, text.len() as u64);
    });
}

#[test]
fn other_directions_are_refused() {
    let translator = support::translator(tiny("int8"));
    let other = Request { source: Some(Language::French), target: Language::English, ..request(1) };
    let result = RUNTIME.block_on(translator.text(other, "Le maire.".to_owned()));
    assert!(matches!(result, Err(TranslateError::UnsupportedPair { .. })));
}

#[test]
fn a_model_with_two_vocabularies_and_language_tags_loads() {
    let model = load(&fixture("marian-tiny-tc"), "int8").expect("it loads");
    let pairs: Vec<_> = model.info.pairs.iter().map(Pair::to_string).collect();
    assert_eq!(pairs, ["en-fr", "en-ru"]);
    let pair = model.info.pairs.first().copied().expect("it has directions");
    let tokens = model.prompt.encode(pair, "The mayor", &*model.tokenizer).expect("it has ids").tokens;
    assert_eq!(tokens[0], 4, "the tag for French comes first");
}

#[test]
fn a_symbolic_link_gives_the_model_its_name() {
    let data = tempfile::tempdir().expect("a folder can be made");
    let (folder, link) = (data.path().join("opus-mt-en-fr"), data.path().join("current"));
    fs::create_dir(&folder).expect("it is made");
    for name in ["config.json", "source.spm", "vocab.json", "model.safetensors"] {
        fs::copy(Path::new(&fixture("marian-tiny")).join(name), folder.join(name)).expect("it is copied");
    }
    std::os::unix::fs::symlink(&folder, &link).expect("it is linked");
    let typed = link.to_str().expect("its name is text");
    let reference: ModelReference = typed.parse().expect("it is a folder");
    let model = load(typed, "int8").expect("it loads");
    assert_eq!((model.info.name.as_str(), reference.served_name().as_str()), ("current", "current"));
    let pairs: Vec<_> = model.info.pairs.iter().map(Pair::to_string).collect();
    assert_eq!(pairs, ["en-fr"], "the languages come from the name of the folder");
}

#[test]
fn errors_in_a_folder_are_reported() {
    let copy = tempfile::tempdir().expect("a folder can be made");
    let files = ["config.json", "source.spm", "vocab.json", "tokenizer_config.json", "model.safetensors"];
    for name in files {
        fs::copy(Path::new(&fixture("marian-tiny")).join(name), copy.path().join(name))
            .expect("it is copied");
    }
    let load = || load(copy.path().to_str().expect("its name is text"), "int8");
    load().expect("these files are enough");
    let broken = |name: &str, content: &[u8]| {
        let path = copy.path().join(name);
        let before = fs::read(&path).expect("it is there");
        fs::write(&path, content).expect("it is written");
        let error = load().err().map(|error| error.to_string());
        fs::write(&path, before).expect("it is written");
        error.unwrap_or_else(|| panic!("{name} is accepted"))
    };
    let weights = fs::read(copy.path().join("model.safetensors")).expect("it is there");
    let config = fs::read_to_string(copy.path().join("config.json")).expect("it is there");
    broken("model.safetensors", &weights[..weights.len() - 1]);
    broken("model.safetensors", b"");
    broken("source.spm", b"nothing");
    broken("vocab.json", br#"{"</s>": 0, "<unk>": 1, "far": 4000000000}"#);
    broken("vocab.json", br#"{"</s>": 0, "<unk>": 1, "far": 500000}"#);
    let shape = broken("config.json", config.replace("\"d_model\": 128", "\"d_model\": 64").as_bytes());
    assert!(shape.contains("has the shape"), "{shape}");
    fs::write(copy.path().join("tokenizer_config.json"), "{}").expect("it is written");
    assert!(matches!(load(), Err(AppError::Load(LoadError::Languages(_)))));
    fs::remove_file(copy.path().join("model.safetensors")).expect("it is removed");
    fs::write(copy.path().join("pytorch_model.bin"), b"PK\x03\x04 no archive").expect("it is written");
    fs::write(copy.path().join("tokenizer_config.json"), r#"{"source_lang": "en", "target_lang": "fr"}"#)
        .expect("it is written");
    let archive = load().err().expect("it is refused").to_string();
    assert!(archive.contains("pytorch_model.bin"), "{archive}");
}
