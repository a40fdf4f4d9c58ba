//! LibreTranslate's contract: what its clients send and expect.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{self, http::Doors};

const ENGLISH: &str = "The harbour was closed on Monday.";

#[tokio::test]
async fn a_text_of_json_or_of_a_form_is_translated() {
    let doors = Doors::copying().await;
    let body = json!({"q": ENGLISH, "source": "en", "target": "fr", "format": "text", "api_key": ""});
    assert_eq!(doors.post("/translate", &body).await.ok(), json!({"translatedText": ENGLISH}));
    let form = "q=The+harbour+was+closed+on+Monday.&source=en&target=fr";
    assert_eq!(doors.form("/translate", form).await.ok(), json!({"translatedText": ENGLISH}));
}

#[tokio::test]
async fn a_list_has_a_list_of_answers() {
    // As Mastodon sends the parts of a post; one of them has no words.
    let body = json!({"q": ["<p>The ship left.</p>", "", "🚢", ENGLISH], "source": "auto", "target": "fr", "format": "html"});
    let answer = Doors::copying().await.post("/translate", &body).await.ok();
    assert_eq!(answer["translatedText"], body["q"]);
    let languages: Vec<&Value> =
        answer["detectedLanguage"].as_array().expect("it is a list").iter().collect();
    assert_eq!(languages.len(), 4);
    assert_eq!(languages[3]["language"], "en");
    assert_eq!(languages[2], &json!({"language": "en", "confidence": 0.0}));
}

#[tokio::test]
async fn more_texts_than_a_batch_has_come_back_in_their_order() {
    let texts: Vec<String> = (0..300).map(|number| format!("The ship has {number} cabins.")).collect();
    let body = json!({"q": texts, "source": "en", "target": "fr"});
    assert_eq!(Doors::copying().await.post("/translate", &body).await.ok()["translatedText"], json!(texts));
}

#[tokio::test]
async fn the_language_is_detected() {
    let body = json!({"q": "Le port est fermé depuis lundi matin.", "source": "auto", "target": "en"});
    let answer = Doors::copying().await.post("/translate", &body).await.ok();
    assert_eq!(answer["detectedLanguage"]["language"], "fr");
    let confidence = answer["detectedLanguage"]["confidence"].as_f64().expect("it is a number");
    assert!((1.0..=100.0).contains(&confidence), "{confidence}");
}

#[tokio::test]
async fn a_text_that_is_in_the_target_language_stays() {
    let doors = Doors::copying().await;
    for source in ["fr", "auto"] {
        let body = json!({"q": "Le port est fermé depuis lundi.", "source": source, "target": "fr"});
        assert_eq!(doors.post("/translate", &body).await.ok()["translatedText"], body["q"]);
    }
}

#[tokio::test]
async fn alternatives_are_whole_texts() {
    let doors = Doors::open(support::translator(support::reversing())).await;
    let body =
        json!({"q": "The ship left. The crew stayed.", "source": "en", "target": "fr", "alternatives": 2});
    let answer = doors.post("/translate", &body).await.ok();
    let others = answer["alternatives"].as_array().expect("it is a list");
    assert!(others.len() <= 2 && !others.contains(&answer["translatedText"]), "{answer}");
}

#[tokio::test]
async fn a_language_is_detected_as_a_list() {
    let doors = Doors::copying().await;
    let found = doors.form("/detect", "q=The+harbour+was+closed+on+Monday.").await.ok();
    assert_eq!(found[0]["language"], "en");
    assert!(found[0]["confidence"].as_f64().is_some_and(|confidence| confidence > 50.0), "{found}");
    assert_eq!(
        doors.post("/detect", &json!({"q": "12345"})).await.ok(),
        json!([{"language": "en", "confidence": 0.0}])
    );
}

#[tokio::test]
async fn languages_and_settings_are_there_without_a_key() {
    let doors = Doors::copying().await;
    let languages = doors.get("/languages").await.ok();
    assert_eq!(languages[0], json!({"code": "en", "name": "English", "targets": ["fr", "ru", "en"]}));
    assert_eq!(languages.as_array().map(Vec::len), Some(3));
    let settings = doors.get("/frontend/settings").await.ok();
    assert_eq!((&settings["charLimit"], &settings["keyRequired"]), (&json!(100_000), &json!(false)));
    assert_eq!(doors.get("/health").await.ok(), json!({"status": "ok"}));
}

#[tokio::test]
async fn errors_have_its_form() {
    let doors = Doors::copying().await;
    for (body, expected) in [
        (json!({"source": "en", "target": "fr"}), "missing q"),
        (json!({"q": "", "source": "en", "target": "fr"}), "missing q"),
        (json!({"q": ENGLISH, "target": "fr"}), "missing source"),
        (json!({"q": ENGLISH, "source": "en"}), "missing target"),
        (json!({"q": ENGLISH, "source": "en", "target": "de"}), "de is not supported"),
        (
            json!({"q": ENGLISH, "source": "en", "target": "fr", "format": "pdf"}),
            "pdf format is not supported",
        ),
        (json!({"q": "1", "source": "en", "target": "en", "alternatives": u32::MAX}), "alternatives"),
        (json!({"q": vec!["a"; 2000], "source": "en", "target": "fr"}), "more than the limit"),
        (json!({"q": "a".repeat(200_000), "source": "en", "target": "fr"}), "more than the limit"),
        (
            json!({"q": "Der Hafen bleibt geschlossen, sagte der Bürgermeister am Montag.", "source": "auto", "target": "fr"}),
            "language",
        ),
    ] {
        let answer = doors.post("/translate", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        let error = answer.json()["error"].as_str().map(str::to_owned).expect("it has an error");
        assert!(error.contains(expected), "{error}");
    }
    for path in ["/translate_file", "/suggest"] {
        assert_eq!(doors.form(path, "q=a").await.status, StatusCode::FORBIDDEN);
    }
}
