//! DeepL's contract for texts.

use reqwest::{Method, StatusCode};
use serde_json::json;
use triglot::engine::LoadedModel;

use crate::support::{
    self,
    http::{self, Doors},
};

#[tokio::test]
async fn texts_of_json_or_of_a_form_are_translated() {
    let doors = Doors::copying().await;
    let body = json!({"text": ["The ship left.", "Le port est fermé depuis lundi."], "target_lang": "RU"});
    let answer = doors.post("/v2/translate", &body).await.ok();
    let translation =
        |language: &str, text: &str| json!({"detected_source_language": language, "text": text});
    assert_eq!(
        answer["translations"],
        json!([translation("EN", "The ship left."), translation("FR", "Le port est fermé depuis lundi.")])
    );
    let form =
        "text=The+ship+left.&text=The+crew+stayed.&source_lang=EN&target_lang=FR&show_billed_characters=1";
    let answer = doors.form("/v2/translate", form).await.ok();
    assert_eq!(answer["translations"][1]["text"], "The crew stayed.");
    assert_eq!(answer["translations"][1]["billed_characters"], 16);
}

#[tokio::test]
async fn tags_stay_with_tag_handling() {
    let text = "<p>The ship <b>left</b>.</p>";
    let body = json!({"text": [text], "source_lang": "EN", "target_lang": "FR", "tag_handling": "html"});
    assert_eq!(
        Doors::copying().await.post("/v2/translate", &body).await.ok()["translations"][0]["text"],
        text
    );
}

#[tokio::test]
async fn what_it_cannot_do_is_refused() {
    let doors = Doors::copying().await;
    for (name, value) in [
        ("formality", json!("less")),
        ("ignore_tags", json!(["x"])),
        ("tag_handling", json!("pdf")),
        ("target_lang", json!("DE")),
        ("glossary_id", json!("unknown")),
    ] {
        let mut body = json!({"text": ["The ship left."], "source_lang": "EN", "target_lang": "FR"});
        body[name] = value;
        let answer = doors.post("/v2/translate", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {}", answer.text);
        assert!(answer.json()["message"].is_string(), "{}", answer.text);
    }
    let polite = json!({"text": ["The ship left."], "target_lang": "FR", "formality": "prefer_more", "context": "Sea."});
    doors.post("/v2/translate", &polite).await.ok();
}

#[tokio::test]
async fn languages_are_those_of_the_models() {
    let doors = Doors::copying().await;
    let languages = doors.get("/v2/languages?type=target").await.ok();
    assert_eq!(languages[3], json!({"language": "RU", "name": "Russian", "supports_formality": false}));
    assert_eq!(doors.get("/v2/languages").await.ok()[0], json!({"language": "EN", "name": "English"}));
}

#[tokio::test]
async fn a_key_has_its_usage_and_its_quota() {
    let (secret, keys) = http::key_with_quota(100);
    let doors = Doors::with_keys(support::translator(LoadedModel::copy()), keys).await;
    let key = format!("DeepL-Auth-Key {secret}");
    let key: &[(&str, &str)] = &[("authorization", &key)];
    let body =
        json!({"text": ["The ship left.", "The crew stayed."], "source_lang": "EN", "target_lang": "FR"});
    assert_eq!(doors.post("/v2/translate", &body).await.status, StatusCode::FORBIDDEN);
    doors.send(Method::POST, "/v2/translate", key, &body).await.ok();
    let usage = doors.send(Method::GET, "/v2/usage", key, &json!({})).await.ok();
    assert_eq!(usage, json!({"character_count": 30, "character_limit": 100}));
    let long = json!({"text": ["The ship left. ".repeat(10)], "source_lang": "EN", "target_lang": "FR"});
    let refused = doors.send(Method::POST, "/v2/translate", key, &long).await;
    assert_eq!(refused.status.as_u16(), 456, "{}", refused.text);
    assert_eq!(doors.get("/v2/usage").await.status, StatusCode::FORBIDDEN);
}
