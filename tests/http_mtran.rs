//! MTranServer's contract, which shares addresses with LibreTranslate's; and keys, in the place where each contract has them.

use reqwest::{Method, StatusCode};
use serde_json::json;
use triglot::engine::LoadedModel;

use crate::support::{
    self,
    http::{self, Doors},
};

#[tokio::test]
async fn one_text_or_several_are_translated() {
    let doors = Doors::copying().await;
    let one = json!({"from": "en", "to": "fr", "text": "The ship left.", "html": false});
    assert_eq!(doors.post("/translate", &one).await.ok(), json!({"result": "The ship left."}));
    let many = json!({"from": "auto", "to": "fr", "texts": ["The ship left.", "<b>The crew</b> stayed."], "html": true});
    assert_eq!(doors.post("/translate/batch", &many).await.ok(), json!({"results": many["texts"]}));
    let wrong = json!({"from": "en", "to": "zh-Hans", "text": "The ship left."});
    assert_eq!(doors.post("/translate", &wrong).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(doors.post("/translate/batch", &one).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_language_is_detected_and_the_version_is_told() {
    let doors = Doors::copying().await;
    let found = doors.post("/detect", &json!({"text": "Le port est fermé depuis lundi."})).await.ok();
    assert_eq!(found, json!({"language": "fr"}));
    assert_eq!(doors.get("/version").await.ok(), json!({"version": env!("CARGO_PKG_VERSION")}));
    assert_eq!(doors.get("/__heartbeat__").await.status, StatusCode::OK);
}

#[tokio::test]
async fn each_contract_has_its_place_for_the_key() {
    let (secret, keys) = http::key_with_quota(10_000);
    let doors = Doors::with_keys(support::translator(LoadedModel::copy()), keys).await;
    let text = "The ship left.";
    let libre = |key: &str| json!({"q": text, "source": "en", "target": "fr", "api_key": key});
    let mtran = json!({"text": text, "from": "en", "to": "fr"});
    let own = json!({"text": text, "targetLanguage": "fr"});
    let bearer = format!("Bearer {secret}");
    let bearer: &[(&str, &str)] = &[("authorization", &bearer)];
    doors.post("/translate", &libre(&secret)).await.ok();
    doors.post(&format!("/translate?token={secret}"), &mtran).await.ok();
    doors.send(Method::POST, "/translate", bearer, &mtran).await.ok();
    doors.send(Method::POST, "/v1/translate", bearer, &own).await.ok();
    assert_eq!(doors.post("/translate", &libre("wrong")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(doors.post("/translate", &libre("\u{7}\n")).await.status, StatusCode::FORBIDDEN);
    // Nor does a text without words, or in the target language, have an answer without a key.
    for body in [
        json!({"q": "12", "source": "en", "target": "fr"}),
        json!({"q": text, "source": "en", "target": "en"}),
    ] {
        assert_eq!(doors.post("/translate", &body).await.status, StatusCode::FORBIDDEN, "{body}");
    }
    let refused = doors.post("/v1/translate", &own).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.json()["details"][0]["reason"], "UNKNOWN_KEY");
    doors.get("/languages").await.ok();
}
