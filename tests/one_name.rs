//! With the default model, a person has one name in all sentences of a text, or the sentence has a warning.

use triglot::wire::proto::{
    LineBreaks, TranslateOptions, TranslateRequest, Warning,
    translation_service_client::TranslationServiceClient,
};

use crate::support;

/// The second and the third sentence call the mayor by the surname alone, once in another case.
const TEXT: &str = "Мэр города Виктор Ларионов открыл новую школу в Березниках.\n\
                    Ларионов пообещал построить ещё две школы.\n\
                    По словам Ларионова, деньги уже выделены.\n";

#[tokio::test]
async fn the_first_mention_decides() {
    let translator = support::translator(support::loaded_default_model());
    let channel = support::serve(translator).await;
    let request = TranslateRequest {
        text: TEXT.to_owned(),
        source_language: "ru".to_owned(),
        target_language: "en".to_owned(),
        options: Some(TranslateOptions {
            line_breaks: LineBreaks::Keep.into(),
            ..TranslateOptions::default()
        }),
        format: 0,
    };
    let answer = TranslationServiceClient::new(channel).translate(request).await;
    let answer = answer.expect("it is translated").into_inner();
    assert_eq!(answer.segments.len(), 3);
    for segment in &answer.segments {
        let place = segment.target.as_ref().expect("it has a place");
        let sentence = &answer.translation[place.start as usize..place.end as usize];
        let words: Vec<&str> = sentence.split(|c: char| !c.is_alphanumeric()).collect();
        let is_warned = segment
            .warnings()
            .any(|warning| matches!(warning, Warning::NameLost | Warning::NameInconsistent));
        assert!(words.contains(&"Larionov") || is_warned, "{sentence}");
    }
}
