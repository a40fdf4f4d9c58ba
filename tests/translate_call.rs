//! `Translate`: returns the translation of a text, with its segments and usage.

use triglot::wire::proto::{TranslateOptions, TranslateRequest};

use crate::support;

const TEXT: &str = "Council meets\n\n  The mayor spoke. Nobody answered her.\r\n\n12:30\n";

#[tokio::test]
async fn a_translation_has_its_segments() {
    let mut client = support::copying_client().await;
    let request = TranslateRequest {
        text: TEXT.to_owned(),
        source_language: "en".to_owned(),
        target_language: "fr".to_owned(),
        options: None,
    };
    let answer = client.translate(request).await.expect("it translates").into_inner();
    assert_eq!(answer.translation, TEXT);
    assert_eq!(answer.model, "copy");
    assert_eq!(answer.detected_language, None);
    let range = |range: Option<triglot::wire::proto::ByteRange>| {
        let range = range.expect("every segment has ranges");
        range.start as usize..range.end as usize
    };
    let texts: Vec<&str> = answer.segments.iter().map(|segment| &TEXT[range(segment.source)]).collect();
    assert_eq!(texts, ["Council meets", "The mayor spoke.", "Nobody answered her.", "12:30"]);
    for segment in &answer.segments {
        assert_eq!(TEXT[range(segment.source)], answer.translation[range(segment.target)]);
    }
    assert_eq!(answer.segments[3].score, None, "no model translates a time of day");
    assert!(answer.segments[0].score.is_some());
    let usage = answer.usage.expect("the answer has the usage");
    assert_eq!(usage.source_tokens, usage.target_tokens);
    assert!(usage.source_tokens > 10);
}

#[tokio::test]
async fn the_language_is_detected_if_the_request_has_none() {
    let mut client = support::copying_client().await;
    let request = TranslateRequest {
        text: "Le conseil municipal se réunit chaque lundi dans la grande salle de la mairie.".to_owned(),
        source_language: String::new(),
        target_language: "ru".to_owned(),
        options: Some(TranslateOptions {
            model: "copy".to_owned(),
            beam_size: 4,
            max_output_ratio: 2.0,
            alternatives: 3,
            alignments: true,
            ..TranslateOptions::default()
        }),
    };
    let answer = client.translate(request).await.expect("it translates").into_inner();
    let detected = answer.detected_language.expect("it was detected");
    assert_eq!(detected.language, "fr");
    assert!(detected.confidence > 0.5);
}
