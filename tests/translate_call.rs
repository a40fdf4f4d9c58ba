//! `Translate`: returns the translation of a text, with its segments and usage.

use triglot::wire::proto::{LineBreaks, TranslateOptions, TranslateRequest};

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
        format: 0,
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
            ..Default::default()
        }),
        format: 0,
    };
    let answer = client.translate(request).await.expect("it translates").into_inner();
    let detected = answer.detected_language.expect("it was detected");
    assert_eq!(detected.language, "fr");
    assert!(detected.confidence > 0.5);
}

fn request(source: &str, target: &str, text: &str, options: TranslateOptions) -> TranslateRequest {
    TranslateRequest {
        text: text.to_owned(),
        source_language: source.to_owned(),
        target_language: target.to_owned(),
        options: Some(options),
        format: 0,
    }
}

/// Whether each segment with a letter was copied.
async fn copied(source: &str, target: &str, text: &str) -> Vec<bool> {
    let mut client = support::copying_client().await;
    let answer = client.translate(request(source, target, text, TranslateOptions::default())).await;
    let answer = answer.expect("it translates").into_inner();
    assert_eq!(answer.translation, text);
    for segment in &answer.segments {
        // The test's model copies everything too, but with a score and a warning.
        let unread = segment.score.is_none() && segment.warnings.is_empty();
        assert_eq!(segment.copied, unread, "{segment:?}");
    }
    answer.segments.into_iter().map(|segment| segment.copied).collect()
}

#[tokio::test]
async fn a_text_in_the_target_language_is_copied() {
    for (source, target, text) in [
        ("en", "ru", "Правительство объявило о новых мерах в четверг."),
        (
            "fr",
            "en",
            "When the council meets on Monday, the mayor will answer our questions about the bridge.",
        ),
        ("en", "fr", "Le maire a fermé deux routes lundi après la crue."),
        ("ru", "fr", "Le maire a fermé deux routes lundi après la crue."),
        ("ru", "en", "The mayor closed two roads on Monday."),
    ] {
        assert_eq!(copied(source, target, text).await, [true], "{text}");
    }
}

#[tokio::test]
async fn only_the_sentences_in_the_target_language_are_copied() {
    let text =
        "The mayor of the town resigned on Monday. Мэр ушёл в отставку. Nobody had expected it at all.";
    assert_eq!(copied("en", "ru", text).await, [false, true, false]);
}

#[tokio::test]
async fn a_foreign_title_in_a_sentence_is_no_reason_to_copy_it() {
    for (source, target, text) in [
        ("ru", "fr", "Газета The Northern Herald сообщила об этом в статье «Where the road ends»."),
        ("en", "fr", "The film Le vent du nord won the first prize of the festival on Sunday."),
        ("fr", "en", "Le groupe The Northern Lights chantera dimanche sur la grande place."),
        ("en", "ru", "The paper Известия wrote about it on Monday."),
        ("fr", "en", "Manchester United"),
    ] {
        assert_eq!(copied(source, target, text).await, [false], "{text}");
    }
}

#[tokio::test]
async fn the_fallback_is_used_only_if_no_language_is_detected() {
    let mut client = support::copying_client().await;
    for (text, detected) in
        [("OK", "fr"), ("Paris", "fr"), ("Fire in the old town", "en"), ("Пожар в порту", "ru")]
    {
        let options = TranslateOptions { fallback_language: "fr-FR".to_owned(), ..Default::default() };
        let target = if detected == "ru" { "en" } else { "ru" };
        let answer = client.translate(request("", target, text, options)).await.expect("it translates");
        assert_eq!(answer.into_inner().detected_language.expect("it is given").language, detected, "{text}");
    }
}

#[tokio::test]
async fn line_breaks_decide_about_the_lines_of_a_text() {
    let mut client = support::copying_client().await;
    let text =
        "The council voted on Monday to close\nthe old bridge, which was built in\n1931, for two years.\n";
    for (line_breaks, segments) in
        [(LineBreaks::Unspecified, 1), (LineBreaks::Auto, 1), (LineBreaks::Keep, 3), (LineBreaks::Join, 1)]
    {
        let options = TranslateOptions { line_breaks: line_breaks.into(), ..Default::default() };
        let answer = client.translate(request("en", "fr", text, options)).await.expect("it translates");
        assert_eq!(answer.into_inner().segments.len(), segments, "{line_breaks:?}");
    }
}
