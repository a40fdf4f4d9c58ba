//! Abstractive and headline summaries. A sentence of the text replaces every written sentence that the text does not support,
//! and is marked as replaced.

use tonic::{Code, transport::Channel};
use tonic_types::StatusExt;
use triglot::{
    engine::{Engine, LoadedModel},
    lang::Language,
    summarize::MAX_HEADLINE,
    wire::proto::{
        SummarizeRequest, Summary, SummaryLength, SummaryStyle,
        summarization_service_client::SummarizationServiceClient, summary_length::Length,
        summary_sentence::Origin,
    },
};

use crate::support;

const ARTICLE: &str = "Syria answers\n\n\
    The United States said on Monday that chemical weapons had been used near Damascus. \
    The Syrian government has refuted all claims. \
    Inspectors of the United Nations are to arrive on Thursday. \
    They will stay for two weeks.\n";

async fn client(models: Vec<LoadedModel>) -> SummarizationServiceClient<Channel> {
    let start = |model| Engine::start(model, support::engine_options()).expect("the engine starts");
    let engines = models.into_iter().map(start).collect();
    SummarizationServiceClient::new(support::serve(support::translator_of(engines)).await)
}

/// A model that writes this for every text.
fn writing(text: &'static str) -> LoadedModel {
    let mut model = support::saying(text);
    model.info.summarises = Language::ALL.into();
    model
}

fn request(text: &str, style: SummaryStyle) -> SummarizeRequest {
    SummarizeRequest {
        text: text.to_owned(),
        source_language: "en".to_owned(),
        length: Some(SummaryLength { length: Some(Length::Sentences(3)) }),
        style: style.into(),
        ..Default::default()
    }
}

async fn summary(client: &mut SummarizationServiceClient<Channel>, request: SummarizeRequest) -> Summary {
    client.summarize(request).await.expect("it is summarised").into_inner().summary.expect("there is one")
}

fn cited<'a>(text: &'a str, summary: &Summary) -> Vec<(&'a str, Origin)> {
    let of = |sentence: &triglot::wire::proto::SummarySentence| {
        let range = sentence.source.expect("every sentence has its place");
        (&text[range.start as usize..range.end as usize], sentence.origin())
    };
    summary.sentences.iter().map(of).collect()
}

#[tokio::test]
async fn a_supported_sentence_cites_its_source() {
    let mut client = client(vec![writing("Syria's government refuted the claims.")]).await;
    let summary = summary(&mut client, request(ARTICLE, SummaryStyle::Abstractive)).await;
    assert_eq!(summary.text, "Syria's government refuted the claims.");
    assert_eq!(
        cited(ARTICLE, &summary),
        [("The Syrian government has refuted all claims.", Origin::Written)]
    );
    assert_eq!((summary.writer.as_str(), summary.model.as_str()), ("saying", ""));
    assert!(summary.usage.is_some_and(|usage| usage.target_tokens > 0));
}

#[tokio::test]
async fn an_unsupported_sentence_is_replaced() {
    let invented = "The United States has refuted all claims. Inspectors are to arrive on Thursday.";
    let mut client = client(vec![writing(invented)]).await;
    let summary = summary(&mut client, request(ARTICLE, SummaryStyle::Abstractive)).await;
    assert!(!summary.text.contains("The United States has refuted"), "{}", summary.text);
    let cited = cited(ARTICLE, &summary);
    // In the order of the text.
    let [(replaced, Origin::Replaced), (written, Origin::Written)] = cited.as_slice() else {
        panic!("{cited:?}")
    };
    assert!(written.starts_with("Inspectors"), "{written}");
    assert!(summary.text.contains(replaced) && ARTICLE.contains(replaced));
    assert_ne!(written, replaced);
}

#[tokio::test]
async fn a_real_model_summarises_a_long_text_in_sections() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/mt5-tiny");
    let mut client = client(vec![support::loaded_model(&["--model", folder]).expect("it loads")]).await;
    let short =
        "The police published a report on the climate in the capital on Monday. The weather was fine there.";
    let long = format!("{short} The mayor closed two schools near the border last week. ").repeat(120);
    for text in [short, &long] {
        let summary = summary(&mut client, request(text, SummaryStyle::Abstractive)).await;
        assert_eq!(summary.writer, "mt5-tiny");
        assert!((1..=3).contains(&summary.sentences.len()), "{}", summary.text);
        // Every sentence is supported by the text or replaced from it.
        assert!(cited(text, &summary).iter().all(|(_, origin)| *origin != Origin::Extracted));
    }
}

#[tokio::test]
async fn a_replacement_cites_its_place_in_a_wrapped_text() {
    // The text is wrapped, and has spaces of several bytes.
    let text =
        "Le maire a fermé\n«\u{a0}50\u{202f}%\u{a0}» des écoles de la ville.\nLe conseil votera  jeudi.\n";
    let mut client = client(vec![writing("Personne ne sait rien.")]).await;
    let request =
        SummarizeRequest { source_language: "fr".to_owned(), ..request(text, SummaryStyle::Abstractive) };
    let summary = summary(&mut client, request).await;
    for (cited, origin) in cited(text, &summary) {
        assert_eq!(origin, Origin::Replaced);
        assert!(cited.ends_with('.'), "{cited:?}");
        assert!(summary.text.contains(&cited.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
}

#[tokio::test]
async fn the_length_limits_written_sentences_and_none_occurs_twice() {
    let all = "The Syrian government has refuted all claims. The Syrian government has refuted all claims. \
               Inspectors of the United Nations are to arrive on Thursday. They will stay for two weeks.";
    let mut client = client(vec![writing(all)]).await;
    let mut of = async |length| {
        let length = Some(SummaryLength { length: Some(length) });
        let asked = SummarizeRequest { length, ..request(ARTICLE, SummaryStyle::Abstractive) };
        summary(&mut client, asked).await
    };
    let two = of(Length::Sentences(9)).await;
    assert_eq!(two.sentences.len(), 2, "a summary has half the sentences: {}", two.text);
    assert_eq!(of(Length::Sentences(1)).await.sentences.len(), 1);
    let short = of(Length::Characters(50)).await;
    assert!(short.sentences.len() == 1 && short.text.chars().count() <= 50, "{}", short.text);
}

/// The model cannot read two of these sentences at once, so no section becomes shorter. The summary must still end.
#[tokio::test]
async fn sentences_too_long_for_the_model_are_cited() {
    let mut model = writing("Nothing of this is true.");
    model.longest_source = Some(30);
    let mut client = client(vec![model]).await;
    let long = "The council of the old harbour city will vote on the budget of the year after a long debate today.\n";
    let text: String = (0..300).map(|day| format!("{day}: {long}")).collect();
    let summary = summary(&mut client, request(&text, SummaryStyle::Abstractive)).await;
    assert!((1..=3).contains(&summary.sentences.len()));
    assert!(cited(&text, &summary).iter().all(|(cited, _)| cited.ends_with("today.")));
}

#[tokio::test]
async fn a_text_of_one_sentence_or_of_lines_is_extracted() {
    let mut client = client(vec![writing("Nothing of this is true.")]).await;
    let one = "The bridge over the harbour will be closed for six weeks.";
    let table = "North 12\nSouth 14\nEast 9\n";
    for text in [one, table] {
        let summary = summary(&mut client, request(text, SummaryStyle::Abstractive)).await;
        assert!(
            cited(text, &summary).iter().all(|(_, origin)| *origin == Origin::Extracted),
            "{}",
            summary.text
        );
        assert!(!summary.text.contains("Nothing"));
    }
    let status = client.summarize(request("", SummaryStyle::Abstractive)).await.expect_err("it is empty");
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn one_model_writes_and_another_translates() {
    let mut client =
        client(vec![LoadedModel::copy(), writing("Syria's government refuted the claims.")]).await;
    for model in ["", "copy", "saying"] {
        let asked = SummarizeRequest {
            model: model.to_owned(),
            target_language: "fr".to_owned(),
            ..request(ARTICLE, SummaryStyle::Abstractive)
        };
        let summary = summary(&mut client, asked).await;
        assert_eq!((summary.writer.as_str(), summary.model.as_str()), ("saying", "copy"));
        assert_eq!(summary.text, "Syria's government refuted the claims.");
    }
}

#[tokio::test]
async fn an_abstractive_summary_without_a_writer_is_an_error() {
    let mut client = client(vec![LoadedModel::copy()]).await;
    let status =
        client.summarize(request(ARTICLE, SummaryStyle::Abstractive)).await.expect_err("no model writes");
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    let field =
        details.bad_request().and_then(|bad| bad.field_violations.first().map(|bad| bad.field.clone()));
    assert_eq!(field.as_deref(), Some("style"));
    let wrong = SummarizeRequest { style: 9, ..request(ARTICLE, SummaryStyle::Headline) };
    let status = client.summarize(wrong).await.expect_err("there is no such style");
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_headline_is_short_and_is_the_texts_own_or_its_best_sentence() {
    let mut client = client(vec![LoadedModel::copy()]).await;
    let own = "City to close the harbour bridge\n\nThe bridge will be closed for six weeks from Monday.\n";
    assert_eq!(
        summary(&mut client, request(own, SummaryStyle::Headline)).await.text,
        "City to close the harbour bridge"
    );
    let none = "The bridge over the harbour will be closed for six weeks from Monday, the council of the city said on \
                Thursday after a long debate about its cracked pillars. It rained.";
    let translated =
        SummarizeRequest { target_language: "fr".to_owned(), ..request(none, SummaryStyle::Headline) };
    for request in [request(none, SummaryStyle::Headline), translated] {
        let summary = summary(&mut client, request).await;
        assert!(summary.text.chars().count() <= MAX_HEADLINE, "{}", summary.text);
        assert_eq!(summary.text, "The bridge over the harbour will be closed for six weeks from Monday…");
        assert!(cited(none, &summary)[0].0.starts_with("The bridge over"));
    }
}
