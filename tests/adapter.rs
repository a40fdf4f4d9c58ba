//! An adapter in PEFT's format is merged in the same way as by PEFT. An adapter that does not fit is refused. A server can have
//! several models, and a request chooses one by name.

use std::{fs, path::Path};

use safetensors::SafeTensors;
use triglot::{
    engine::{Engine, LoadedModel},
    model::{ModelError, Network, ShortlistId, Vocabulary, adapter::Adapter, decoder::Decoder},
    wire::proto::{
        GetInfoRequest, TranslateOptions, info_service_client::InfoServiceClient,
        translation_service_client::TranslationServiceClient,
    },
};

use crate::support::{
    self,
    gguf::{self, Adapted, AdaptedPosition, Deviation},
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/gemma3_adapter");
/// The same tolerance as for the network itself (logits.rs).
const RELATIVE_RMS: f64 = 0.05;

fn files() -> (Vec<u8>, Vec<u8>) {
    let read = |name: &str| fs::read(Path::new(FOLDER).join(name)).expect("the file is there");
    (read("adapter_config.json"), read("adapter_model.safetensors"))
}

fn network(adapter: Option<&Adapter>) -> Result<Decoder, ModelError> {
    let (file, content) = gguf::default_model();
    Decoder::load(file, &content, adapter)
}

/// The relative root mean square deviation of the network's logits from the reference.
fn distance(mut network: Decoder) -> f64 {
    let Adapted { probes, ids, positions } = gguf::of_peft();
    let vocabulary = Vocabulary { common: probes.clone(), copied: Vec::new() };
    network.restrict(&[vocabulary]).expect("the vocabulary is the model's");
    let scored = network.score(&ids, 0, ShortlistId(0)).expect("the text is scored");
    let mut deviation = Deviation::default();
    for AdaptedPosition { at, logits } in positions {
        deviation.add(&scored[at], &probes, &logits);
    }
    deviation.relative()
}

#[test]
fn a_merged_adapter_gives_the_logits_of_peft() {
    let (config, weights) = files();
    let adapter = Adapter::parse(&config, &weights).expect("it is PEFT's own");
    let (with, without) =
        (distance(network(Some(&adapter)).expect("it fits")), distance(network(None).expect("it loads")));
    println!("relative RMS {with:.4}, without the adapter {without:.4}");
    assert!(with <= RELATIVE_RMS, "{with}");
    assert!(without > 4.0 * RELATIVE_RMS, "the adapter of the test must matter: {without}");
}

#[test]
fn an_adapter_that_does_not_fit_is_refused() {
    let (config, weights) = files();
    let renamed = |from: &str, to: &str| {
        let tensors = SafeTensors::deserialize(&weights).expect("it is PEFT's own");
        let views = tensors.iter().map(|(name, view)| (name.replace(from, to), view));
        let weights = safetensors::serialize(views, None).expect("it is memory");
        network(Some(&Adapter::parse(&config, &weights).expect("it is an adapter"))).err()
    };
    let error = renamed("layers.11.", "layers.18.").expect("the model has no such block");
    assert!(error.to_string().contains("model.layers.18."), "{error}");
    let error = renamed("mlp.down_proj", "self_attn.q_norm").expect("this is no linear layer");
    assert!(error.to_string().contains("q_norm"), "{error}");
    let config = String::from_utf8(config.clone()).expect("it is text").replace("\"r\": 2", "\"r\": 3");
    let adapter = Adapter::parse(config.as_bytes(), &weights).expect("it is an adapter");
    let error = network(Some(&adapter)).err().expect("the rank is another");
    assert!(error.to_string().contains("rank 3"), "{error}");
}

#[test]
fn an_adapter_is_a_folder_or_a_known_name() {
    let model = support::loaded_model(&["--adapter", FOLDER]).expect("it loads");
    assert_eq!(model.info.name, "gemma3-270m+gemma3_adapter");
    assert_eq!(model.info.adapter.expect("it has one").sha256.len(), 64);
    let refused = |flags: &[&str]| support::loaded_model(flags).err().expect("it is refused").to_string();
    assert!(refused(&["--adapter", "/nowhere/at-all"]).contains("/nowhere/at-all"));
    assert!(refused(&["--adapter", "unheard-of"]).contains("news"), "the known ones are named");
    assert!(refused(&["--adapter", FOLDER, "--adapter", "none"]).contains("one model"));
}

#[test]
fn none_runs_the_model_without_its_adapter() {
    let bare = support::loaded_model(&["--adapter", "none"]).expect("it loads");
    assert_eq!((bare.info.name.as_str(), bare.info.adapter), ("gemma3-270m", None));
    let default = support::loaded_default_model();
    assert_eq!(default.info.name, "gemma3-270m+news");
    assert!(default.info.adapter.expect("it has one").licence.contains("Gemma"));
}

#[tokio::test]
async fn a_request_chooses_a_model_by_name() {
    let named = |name: &str| {
        let mut model = LoadedModel::copy();
        model.info.name = name.to_owned();
        Engine::start(model, support::engine_options()).expect("the engine starts")
    };
    let channel = support::serve(support::translator_of(vec![named("first"), named("second")])).await;
    let info = InfoServiceClient::new(channel.clone()).get_info(GetInfoRequest {}).await.expect("it answers");
    let names: Vec<String> = info.into_inner().models.into_iter().map(|model| model.name).collect();
    assert_eq!(names, ["first", "second"]);
    let mut client = TranslationServiceClient::new(channel);
    for (asked, answers) in [("", "first"), ("first", "first"), ("second", "second")] {
        let mut request = support::request("Hello there.");
        request.options = Some(TranslateOptions { model: asked.to_owned(), ..Default::default() });
        let answer = client.translate(request).await.expect("it translates").into_inner();
        assert_eq!(answer.model, answers);
    }
    let mut request = support::request("Hello there.");
    request.options = Some(TranslateOptions { model: "third".to_owned(), ..Default::default() });
    let status = client.translate(request).await.expect_err("there is none");
    assert!(status.message().contains("first, second"), "{status:?}");
}
