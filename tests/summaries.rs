//! Extractive summaries: every sentence cites the text. They work as a call and as a stream, in every language.

use proptest::prelude::*;
use tonic::{Code, transport::Channel};
use tonic_types::StatusExt;
use triglot::{
    engine::LoadedModel,
    lang::Language,
    summarize::{self, Summarizer},
    text::LineBreaks,
    wire::proto::{
        LineBreaks as ProtoLineBreaks, SummarizeRequest, SummarizeStreamRequest, SummarizeStreamStart,
        Summary, SummaryLength, summarization_service_client::SummarizationServiceClient,
        summarize_stream_request::Request as Message, summarize_stream_response::Response as Answer,
        summary_length::Length as Asked,
    },
};

use crate::support;

const ARTICLE: &str = "Bridge to close in May\n\n\
    The bridge over the harbour will be closed for six weeks from Monday, the city council said on Thursday. \
    Engineers found cracks in two of its pillars.\n\n\
    READ MORE: Council to vote on the harbour budget.\n\n\
    © Harbour Herald / Ann Lee\n\n\
    The repair of the cracked pillars will cost 3 million euros. Buses may cross the bridge during the repair. \
    The weather was fine.\n";

async fn client() -> SummarizationServiceClient<Channel> {
    SummarizationServiceClient::new(support::serve(support::translator(LoadedModel::copy())).await)
}

fn request(text: &str, sentences: u32) -> SummarizeRequest {
    SummarizeRequest {
        text: text.to_owned(),
        source_language: "en".to_owned(),
        length: Some(SummaryLength { length: Some(Asked::Sentences(sentences)) }),
        ..Default::default()
    }
}

/// Checks that the summary is exactly the sentences that it cites, and returns these.
fn cited<'a>(text: &'a str, summary: &Summary) -> Vec<&'a str> {
    let sentences = summary.sentences.iter().map(|sentence| {
        let (source, target) = (sentence.source.expect("a place"), sentence.target.expect("a place"));
        let cited = &text[source.start as usize..source.end as usize];
        assert_eq!(summary.text[target.start as usize..target.end as usize], *cited);
        cited
    });
    let sentences: Vec<&str> = sentences.collect();
    assert_eq!(sentences.join(" "), summary.text);
    sentences
}

async fn summary(client: &mut SummarizationServiceClient<Channel>, request: SummarizeRequest) -> Summary {
    client.summarize(request).await.expect("it is summarised").into_inner().summary.expect("there is one")
}

#[tokio::test]
async fn the_best_sentences_are_cited_and_boilerplate_is_not() {
    let mut client = client().await;
    let two = summary(&mut client, request(ARTICLE, 2)).await;
    let sentences = cited(ARTICLE, &two);
    assert!(sentences[0].starts_with("The bridge over"), "{sentences:?}");
    assert_eq!((sentences.len(), two.sentences_read, two.source_bytes), (2, 5, ARTICLE.len() as u64));
    assert!(two.model.is_empty(), "no model is needed in the language of the text");
    assert_eq!(summary(&mut client, request(ARTICLE, 2)).await, two, "the same text gives the same summary");

    let all = summary(&mut client, request(ARTICLE, 100)).await;
    let sentences = cited(ARTICLE, &all);
    assert_eq!(sentences.len(), 5, "{sentences:?}");
    assert!(!all.text.contains("READ MORE") && !all.text.contains('©') && !all.text.contains("close in May"));
}

#[tokio::test]
async fn a_length_is_in_sentences_a_share_or_characters() {
    let mut client = client().await;
    let mut of = async |length| {
        let length = Some(SummaryLength { length: Some(length) });
        let summary = summary(&mut client, SummarizeRequest { length, ..request(ARTICLE, 1) }).await;
        (summary.sentences.len(), summary.text.chars().count())
    };
    assert_eq!(of(Asked::Sentences(1)).await.0, 1);
    assert_eq!(of(Asked::Ratio(0.4)).await.0, 2);
    assert_eq!(of(Asked::Ratio(0.01)).await.0, 1);
    let (sentences, characters) = of(Asked::Characters(170)).await;
    assert!(sentences > 1 && characters <= 170, "{sentences} {characters}");
    assert_eq!(of(Asked::Characters(1)).await.0, 1, "there is always one sentence");
}

#[tokio::test]
async fn only_the_chosen_sentences_are_translated() {
    let mut client = client().await;
    let french = SummarizeRequest { target_language: "fr".to_owned(), ..request(ARTICLE, 2) };
    let summary = summary(&mut client, french).await;
    // The test's model copies its input.
    assert_eq!(cited(ARTICLE, &summary).len(), 2);
    assert_eq!(summary.model, "copy");
    assert!(summary.usage.expect("there is a usage").target_tokens < ARTICLE.len() as u64 / 2);
    assert!(summary.sentences.iter().all(|sentence| !sentence.warnings.is_empty()), "copies are flagged");
}

#[tokio::test]
async fn texts_with_one_sentence_or_only_lines_have_summaries() {
    let mut client = client().await;
    for text in ["It rained all day.", "  It rained all day.\n"] {
        assert_eq!(summary(&mut client, request(text, 3)).await.text, "It rained all day.");
    }
    let table = "Town\tPeople\nAmberg\t1,200\nBirk\t900\n";
    let lines = summary(&mut client, request(table, 3)).await;
    assert!(!lines.text.is_empty(), "a text without sentences has lines");
    for nothing in ["\n \n", "12\n13\n"] {
        let status =
            client.summarize(request(nothing, 3)).await.expect_err("there is nothing to choose from");
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    }
}

#[tokio::test]
async fn dates_and_page_furniture_are_not_chosen() {
    let mut client = client().await;
    for (language, line, body) in [
        (
            "en",
            "Published 4 March 2025, 09:30 GMT.",
            "The bridge will close for two years, the governor said on Tuesday. Repairs will cost $120 million. Shop owners fear losses.",
        ),
        (
            "en",
            "By Ann Lee and Tom Hill, Northwick.",
            "The port of Northwick was closed on Monday because of a storm. Two ferries had to turn back. Nobody was hurt.",
        ),
        (
            "fr",
            "Publié le 4 mars 2025 à 12h30.",
            "Le pont sera fermé deux ans, a annoncé mardi le maire. Les travaux coûteront 120 millions. Les commerçants sont inquiets.",
        ),
        (
            "ru",
            "Опубликовано 4 марта 2025 года в 12:30.",
            "Мост закроют на два года, сообщил во вторник мэр. Ремонт обойдётся в 120 млн рублей. Владельцы магазинов боятся убытков.",
        ),
    ] {
        let text = format!("{line}\n\n{body}\n");
        let asked = SummarizeRequest { source_language: language.to_owned(), ..request(&text, 1) };
        assert_eq!(summary(&mut client, asked).await.text, body.split_inclusive('.').next().expect("one"));
    }
}

#[tokio::test]
async fn a_quotation_is_cited_as_a_whole_or_not_at_all() {
    let mut client = client().await;
    let text = "He said: \"We had no choice. Safety comes first. We will close the bridge for two years.\" Nobody answered.";
    let whole = &text[..text.find(" Nobody").expect("it is there")];
    assert_eq!(summary(&mut client, request(text, 1)).await.text, whole);
    // The quotation never closes, so a sentence outside it is chosen.
    let open = "She told the council: “The bridge over the harbour is cracked.\n\nThe council of the port meets on Monday.";
    assert_eq!(summary(&mut client, request(open, 1)).await.text, "The council of the port meets on Monday.");
}

#[tokio::test]
async fn the_summary_of_a_short_list_is_its_first_lines() {
    let mut client = client().await;
    let list = "- Bridge closed for two years\n- Repairs cost $120 million\n- Shops fear losses\n";
    let asked = SummarizeRequest { source_language: String::new(), ..request(list, 2) };
    let lines = summary(&mut client, asked).await;
    assert_eq!(cited(list, &lines), ["Bridge closed for two years", "Repairs cost $120 million"]);
}

#[tokio::test]
async fn the_fallback_and_the_line_breaks_are_used() {
    let mut client = client().await;
    let asked = |text: &str| SummarizeRequest { source_language: String::new(), ..request(text, 1) };
    let unknown = SummarizeRequest { fallback_language: "en-GB".to_owned(), ..asked("Zug") };
    assert_eq!(summary(&mut client, unknown).await.detected_language.expect("a language").language, "en");
    let text = "The council voted on Monday to close the old\nbridge.";
    let kept = SummarizeRequest { line_breaks: ProtoLineBreaks::Keep.into(), ..request(text, 1) };
    assert_ne!(summary(&mut client, kept).await.text, summary(&mut client, request(text, 1)).await.text);
}

#[tokio::test]
async fn errors_name_the_wrong_field() {
    let mut client = client().await;
    let length = |length| SummarizeRequest {
        length: Some(SummaryLength { length: Some(length) }),
        ..request(ARTICLE, 1)
    };
    let cases = [
        ("text", request("", 1)),
        ("length.sentences", request(ARTICLE, 0)),
        ("length.sentences", request(ARTICLE, 101)),
        ("length.ratio", length(Asked::Ratio(f32::NAN))),
        ("length.ratio", length(Asked::Ratio(1.5))),
        ("length.characters", length(Asked::Characters(0))),
        ("model", SummarizeRequest { model: "other".to_owned(), ..request(ARTICLE, 1) }),
        ("source_language", SummarizeRequest { source_language: "de".to_owned(), ..request(ARTICLE, 1) }),
        ("target_language", SummarizeRequest { target_language: "de".to_owned(), ..request(ARTICLE, 1) }),
        ("source_language", SummarizeRequest { source_language: String::new(), ..request("Paris", 1) }),
        ("fallback_language", SummarizeRequest { fallback_language: "de".to_owned(), ..request(ARTICLE, 1) }),
        ("line_breaks", SummarizeRequest { line_breaks: 9, ..request(ARTICLE, 1) }),
    ];
    for (field, request) in cases {
        let status = client.summarize(request).await.expect_err("it is refused");
        assert_eq!(status.code(), Code::InvalidArgument, "{field}: {status:?}");
        let details = status.get_error_details();
        assert_eq!(details.bad_request().expect("a field is named").field_violations[0].field, field);
    }
}

/// Streams a text in portions of this size. Returns the number of progress events and the summary.
async fn streamed(text: &str, portion: usize) -> (usize, Summary) {
    let start = SummarizeStreamStart {
        source_language: "en".to_owned(),
        length: Some(SummaryLength { length: Some(Asked::Sentences(4)) }),
        ..Default::default()
    };
    let mut messages = vec![Message::Start(start)];
    messages.extend(text.as_bytes().chunks(portion).map(|bytes| Message::Text(bytes.to_vec())));
    let messages = messages.into_iter().map(|message| SummarizeStreamRequest { request: Some(message) });
    let answers = client().await.summarize_stream(tokio_stream::iter(messages)).await;
    let mut answers = answers.expect("it begins").into_inner();
    let (mut progress, mut last) = (0, None);
    while let Some(answer) = answers.message().await.expect("the stream continues") {
        match answer.response.expect("a message is not empty") {
            Answer::Progress(event) => {
                assert!(!event.provisional_summary.is_empty() && last.is_none());
                progress += 1;
            }
            Answer::Summary(summary) => last = Some(summary),
        }
    }
    (progress, last.expect("the summary is the last message"))
}

#[tokio::test]
async fn the_summary_does_not_depend_on_the_portions_of_a_stream() {
    let text =
        format!("{ARTICLE}\nThe café’s owner — a sailor — said: “It’s the third time.” Nobody was hurt.\n");
    let whole = summary(&mut client().await, request(&text, 4)).await;
    for portion in [1, 7, 1000] {
        assert_eq!(streamed(&text, portion).await, (0, whole.clone()), "portions of {portion}");
    }
}

#[tokio::test]
async fn a_long_text_emits_progress() {
    let mut text = ARTICLE.to_owned();
    for number in 0..20_000 {
        text.push_str(&format!("In town number {number} the mayor opened a market with {number} stalls. "));
    }
    let (progress, summary) = streamed(&text, 30_000).await;
    assert!(progress >= text.len() / 300_000, "{progress}");
    assert_eq!(cited(&text, &summary).len(), 4);
    assert!(summary.sentences_read >= 20_000);
}

proptest! {
    #[test]
    fn the_summary_of_any_text_cites_it_in_order(text in "(\\PC|[ .!?\n\"«»а-я]){0,400}", count in 1usize..6) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
        let request = summarize::Request {
            source: Some(Language::Russian),
            target: None,
            length: summarize::Length::Sentences(count),
            style: summarize::Style::Extractive,
            format: triglot::text::Format::Plain,
            fallback: None,
            line_breaks: LineBreaks::default(),
        };
        if let Ok(summary) = runtime.block_on(Summarizer::new(None).text(request, text.clone())) {
            prop_assert!((1..=count).contains(&summary.sentences.len()));
            let places: Vec<_> = summary.sentences.iter().map(|sentence| sentence.sources[0].clone()).collect();
            prop_assert!(places.windows(2).all(|pair| pair[0].end <= pair[1].start));
            for sentence in &summary.sentences {
                let source = &text[sentence.sources[0].start as usize..sentence.sources[0].end as usize];
                let target = &summary.text[sentence.target.start as usize..sentence.target.end as usize];
                prop_assert_eq!(source.split_whitespace().collect::<Vec<_>>().join(" "), target);
            }
        }
    }
}
