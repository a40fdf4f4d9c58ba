//! `/v1`: the calls of the contract as JSON, with their errors, their limits and their streams.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use triglot::{
    engine::LoadedModel,
    glossary::GlossaryFile,
    server::{CallLimits, Limits, Monitor, Server},
    translate::Glossaries,
};

use crate::support::{
    self,
    http::{self, Doors, answer},
};

const TEXT: &str = "Первое предложение. Второе — с эмодзи 🚢!\n\nТретий абзац, 12 %.";

/// The events of an answer, each with its name and its message.
fn events(text: &str) -> Vec<(String, Value)> {
    let event = |block: &str| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
        let data = field("data: ").expect("an event has data");
        (field("event: ").expect("it has a name").to_owned(), serde_json::from_str(data).expect("it is JSON"))
    };
    text.split("\n\n").filter(|block| !block.trim().is_empty()).map(event).collect()
}

#[tokio::test]
async fn a_text_is_translated_as_over_grpc() {
    let doors = Doors::copying().await;
    let body = json!({"text": TEXT, "sourceLanguage": "ru", "targetLanguage": "en", "options": {"typography": "TYPOGRAPHY_KEEP"}});
    let answer = doors.post("/v1/translate", &body).await;
    let translated = answer.ok();
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-request-id").len(), 16);
    assert_eq!(translated["translation"], TEXT);
    // Places are bytes, numbers of 64 bits are strings, enums have their names, and empty lists are there.
    assert_eq!(translated["segments"][0]["source"], json!({"start": "0", "end": "36"}));
    assert_eq!(translated["segments"][0]["alternatives"], json!([]));
    assert_eq!(translated["format"], "FORMAT_PLAIN");
    assert_eq!(translated["model"], "copy");
}

#[tokio::test]
async fn names_of_fields_may_be_those_of_the_proto_files() {
    let body = json!({"text": "Hello, world.", "source_language": "en", "target_language": "fr"});
    assert_eq!(
        Doors::copying().await.post("/v1/translate", &body).await.ok()["translation"],
        "Hello, world."
    );
}

#[tokio::test]
async fn several_texts_each_have_their_result() {
    let requests = json!({"requests": [
        {"text": "The harbour was closed.", "sourceLanguage": "en", "targetLanguage": "fr"},
        {"text": "", "targetLanguage": "fr"},
    ]});
    let results = Doors::copying().await.post("/v1/translate/batch", &requests).await.ok()["results"].take();
    assert_eq!(results[0]["response"]["translation"], "The harbour was closed.");
    assert_eq!(results[1]["error"]["code"], 3);
    let field = &results[1]["error"]["details"][0]["fieldViolations"][0]["field"];
    assert_eq!(field, "text", "{results}");
}

#[tokio::test]
async fn a_wrong_request_names_its_field() {
    let doors = Doors::copying().await;
    for (body, field) in [
        (json!({"text": "Hello.", "targetLanguage": "de"}), "target_language"),
        (json!({"text": "", "targetLanguage": "fr"}), "text"),
        (json!({"txt": "Hello.", "targetLanguage": "fr"}), "body"),
        (json!({"text": 5, "targetLanguage": "fr"}), "body"),
    ] {
        let answer = doors.post("/v1/translate", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let error = answer.json();
        assert_eq!(error["code"], 3);
        assert_ne!(error["message"], "");
        let details = error["details"].as_array().expect("it has details");
        let request =
            details.iter().find(|detail| detail["@type"] == "type.googleapis.com/google.rpc.BadRequest");
        assert_eq!(request.expect("it names a field")["fieldViolations"][0]["field"], field, "{error}");
    }
    let answer = answer(doors.request(Method::POST, "/v1/translate").body("{\"text\": ")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    assert_eq!(doors.get("/v1/translate").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(doors.get("/v1/nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_sentences_of_a_stream_are_events() {
    let doors = Doors::copying().await;
    let body = json!({"text": TEXT, "targetLanguage": "en", "options": {"typography": "TYPOGRAPHY_KEEP"}});
    let answer = doors.send(Method::POST, "/v1/translate", &[("accept", "text/event-stream")], &body).await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let events = events(&answer.text);
    let ((last, totals), pieces) = events.split_last().expect("there are events");
    assert!(pieces.iter().all(|(name, _)| name == "piece"), "{events:?}");
    let text: String = pieces.iter().filter_map(|(_, piece)| piece["text"].as_str()).collect();
    assert_eq!(text, TEXT);
    assert_eq!((last.as_str(), &totals["segments"]), ("summary", &json!("3")));
    assert_eq!(totals["detectedLanguage"]["language"], "ru");
}

#[tokio::test]
async fn the_first_sentence_is_sent_before_the_last_one_is_translated() {
    let (gate, model) = support::gated();
    let doors = Doors::open(support::translator(model)).await;
    let text = "The first sentence is here. ".repeat(400);
    let body = json!({"text": text, "sourceLanguage": "en", "targetLanguage": "fr"});
    let request = doors.request(Method::POST, "/v1/translate").header("accept", "text/event-stream");
    let mut response = request.body(body.to_string()).send().await.expect("it is answered");
    let steps = std::thread::spawn(move || {
        // As many steps as a few sentences need; the others wait until the answer is read.
        for _ in 0..200 {
            gate.send(()).expect("the model waits");
        }
        gate
    });
    let first = response.chunk().await.expect("it goes on").expect("there is a first part");
    assert!(String::from_utf8_lossy(&first).contains("event: piece"), "{first:?}");
    drop(steps.join().expect("it does not panic"));
    let mut rest = Vec::from(first);
    while let Some(chunk) = response.chunk().await.expect("it goes on") {
        rest.extend(chunk);
    }
    assert_eq!(events(&String::from_utf8_lossy(&rest)).last().expect("there are events").0, "summary");
}

#[tokio::test]
async fn an_error_in_a_stream_is_its_last_event() {
    let doors = Doors::copying().await;
    // The beginning has a language, and the segment that fails comes later.
    let text = format!("{}Nobody knows 12 345 of them.", "The harbour was closed. ".repeat(50));
    let options = json!({"minScore": 0, "onFailure": "ON_FAILURE_FAIL"});
    let body = json!({"text": text, "targetLanguage": "fr", "options": options});
    let answer = doors.send(Method::POST, "/v1/translate", &[("accept", "text/event-stream")], &body).await;
    let (name, error) = events(&answer.text).pop().expect("there is an event");
    assert_eq!((name.as_str(), &error["code"]), ("error", &json!(9)), "{error}");
}

#[tokio::test]
async fn a_text_is_summarised_at_once_or_with_its_progress() {
    let doors = Doors::copying().await;
    let text =
        "The bridge was closed on Monday. Engineers found cracks in two pillars. Repairs take until autumn.";
    let body = json!({"text": text, "length": {"sentences": 1}});
    let summary = doors.post("/v1/summarize", &body).await.ok()["summary"].take();
    assert!(text.contains(summary["text"].as_str().expect("it has a text")), "{summary}");
    let answer = doors.send(Method::POST, "/v1/summarize", &[("accept", "text/event-stream")], &body).await;
    let (name, last) = events(&answer.text).pop().expect("there is an event");
    assert_eq!((name.as_str(), &last["text"]), ("summary", &summary["text"]));
}

#[tokio::test]
async fn the_server_and_its_languages_are_described() {
    let doors = Doors::copying().await;
    let info = doors.get("/v1/info").await.ok();
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(info["models"][0]["name"], "copy");
    assert_eq!(doors.get("/v1/languages").await.ok()["pairs"].as_array().map(Vec::len), Some(6));
    let detected = doors.post("/v1/detect", &json!({"text": "Le port est fermé depuis lundi."})).await.ok();
    assert_eq!(detected["outcome"], "OUTCOME_KNOWN");
    assert_eq!(detected["detectedLanguage"]["language"], "fr");
}

#[tokio::test]
async fn glossaries_have_addresses() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = GlossaryFile::open(&folder.path().join("glossaries")).expect("it opens");
    let translator = support::translator(LoadedModel::copy()).with_glossaries(Glossaries::new(Some(file)));
    let doors = Doors::open(translator).await;
    let pair = json!({"sourceLanguage": "en", "targetLanguage": "fr"});
    let terms = json!([{"source": "harbour", "target": "port"}]);
    let path = "/v1/glossaries/sea";
    let put = doors.send(Method::PUT, path, &[], &json!({"pair": pair, "terms": terms})).await.ok();
    assert_eq!(put["glossary"]["name"], "sea");
    let change = json!({"put": [{"source": "ship", "target": "navire"}], "remove": ["harbour"]});
    assert_eq!(doors.send(Method::PATCH, path, &[], &change).await.ok()["glossary"]["termCount"], 1);
    assert_eq!(doors.get(path).await.ok()["glossary"]["terms"][0]["target"], "navire");
    assert_eq!(doors.get("/v1/glossaries?pageSize=10").await.ok()["glossaries"][0]["name"], "sea");
    assert_eq!(
        doors.request(Method::DELETE, path).send().await.expect("it answers").status(),
        StatusCode::OK
    );
    assert_eq!(doors.get(path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_body_has_the_limits_of_a_message() {
    let limits = support::limits();
    let calls =
        CallLimits { memory: 1 << 20, message: std::time::Duration::from_millis(200), ..limits.calls };
    let doors =
        Doors::with(support::translator(LoadedModel::copy()), Limits { calls, ..limits }, |server| server)
            .await;
    let body = |bytes: usize| json!({"text": "a".repeat(bytes), "targetLanguage": "fr"});
    let long = doors.post("/v1/translate", &body(200_000)).await;
    assert_eq!(long.status, StatusCode::BAD_REQUEST, "the text is too long for a call: {}", long.text);
    let memory = doors.post("/v1/translate", &body(2 << 20)).await;
    assert_eq!(memory.status, StatusCode::TOO_MANY_REQUESTS, "{}", memory.text);
    assert_eq!(memory.header("retry-after"), "1");
    // What a body takes when it is read counts, too.
    let many = json!({"requests": vec![json!({}); 20_000]});
    assert_eq!(doors.post("/v1/translate/batch", &many).await.status, StatusCode::TOO_MANY_REQUESTS);
    // The memory is free again.
    doors.post("/v1/detect", &json!({"text": "The harbour was closed."})).await.ok();
    let large = doors.post("/v1/translate", &body(5 << 20)).await;
    assert!(large.status.is_client_error(), "{}", large.text);
    let slow = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let slow = doors.request(Method::POST, "/v1/translate").body(reqwest::Body::wrap_stream(slow));
    assert_eq!(answer(slow).await.status, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn a_client_without_a_key_does_not_take_the_memory_of_those_with_one() {
    let (secret, keys) = http::key_with_quota(100_000);
    let limits = support::limits();
    let calls = CallLimits { memory: 1 << 20, ..limits.calls };
    let keep = |server| Server { keys: Some(keys), ..server };
    let doors = Doors::with(support::translator(LoadedModel::copy()), Limits { calls, ..limits }, keep).await;
    let body = |times| json!({"text": "The harbour was closed. ".repeat(times), "targetLanguage": "fr"});
    assert_eq!(doors.post("/v1/translate", &body(100)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(doors.post("/v1/translate", &body(4000)).await.status, StatusCode::TOO_MANY_REQUESTS);
    let bearer = format!("Bearer {secret}");
    doors.send(Method::POST, "/v1/translate", &[("authorization", &bearer)], &body(4000)).await.ok();
}

#[tokio::test]
async fn calls_are_counted_with_those_over_grpc() {
    let monitor = Monitor::default();
    let change = |server: Server| Server { monitor: monitor.clone(), ..server };
    let doors = Doors::with(support::translator(LoadedModel::copy()), support::limits(), change).await;
    let body = json!({"text": "The harbour was closed.", "targetLanguage": "fr"});
    doors.post("/v1/translate", &body).await.ok();
    let metrics = http::metrics(monitor).await;
    let line = r#"grpc_server_handled_total{grpc_type="unary",grpc_service="triglot.v1.TranslationService",grpc_method="Translate",grpc_code="OK"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test]
async fn the_description_has_every_call_and_names_no_type_that_it_lacks() {
    let document = Doors::copying().await.get("/v1/openapi.json").await.ok();
    for (path, verb) in [
        ("/v1/translate", "post"),
        ("/v1/glossaries/{name}", "put"),
        ("/v1/glossaries/{name}", "delete"),
        ("/v1/info", "get"),
    ] {
        assert!(document["paths"][path][verb]["responses"]["200"].is_object(), "{verb} {path}");
    }
    let schemas = document["components"]["schemas"].as_object().expect("there are types");
    let text = document.to_string();
    let named = text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
    for name in named {
        assert!(schemas.contains_key(name), "{name} is missing");
    }
    let description =
        document["components"]["schemas"]["TranslateRequest"]["properties"]["text"]["description"].as_str();
    assert!(description.is_some_and(|text| text.starts_with("The text, in UTF-8.")), "{description:?}");
}
