//! `TranslateArticles`: a stream of articles into several languages, each with its own result.

use std::collections::{BTreeSet, HashMap};

use futures::{SinkExt, StreamExt, TryStreamExt, channel::mpsc, stream};
use tonic::{Code, Status, transport::Channel};
use triglot::{
    article::{Article, Outcome, Request, Text, Texts},
    client::{Articles, ClientError, Remote, Server},
    engine::LoadedModel,
    lang::Language,
    server::Limits,
    text::Format,
    translate,
    wire::proto::{
        self, ArticleSummaries, ArticleText, TranslateArticlesRequest, TranslateArticlesResponse,
        TranslateArticlesStart, TranslateOptions, TranslateRequest, translate_articles_request,
        translate_articles_response::Result as Answer, translation_service_client::TranslationServiceClient,
    },
};

use crate::support::{self, process};

const PAGE: &str = "<p>The harbour was <b>closed</b> on Monday. The mayor spoke.</p><p>Nobody was hurt.</p>";

fn start(targets: &[&str]) -> TranslateArticlesStart {
    TranslateArticlesStart {
        target_languages: targets.iter().map(ToString::to_string).collect(),
        ..TranslateArticlesStart::default()
    }
}

fn text(text: &str) -> Option<ArticleText> {
    Some(ArticleText { text: text.to_owned(), ..ArticleText::default() })
}

fn article(id: &str, title: &str, body: &str) -> proto::Article {
    proto::Article { id: id.to_owned(), title: text(title), body: text(body), ..proto::Article::default() }
}

fn started(start: TranslateArticlesStart) -> TranslateArticlesRequest {
    TranslateArticlesRequest { request: Some(translate_articles_request::Request::Start(start)) }
}

fn next(article: proto::Article) -> TranslateArticlesRequest {
    TranslateArticlesRequest { request: Some(translate_articles_request::Request::Article(article)) }
}

/// All answers to these articles.
async fn answers(
    channel: &Channel,
    start: TranslateArticlesStart,
    articles: Vec<proto::Article>,
) -> Result<Vec<TranslateArticlesResponse>, Status> {
    let messages = std::iter::once(started(start)).chain(articles.into_iter().map(next)).collect::<Vec<_>>();
    let mut client = TranslationServiceClient::new(channel.clone());
    client.translate_articles(stream::iter(messages)).await?.into_inner().try_collect().await
}

#[tokio::test]
async fn each_text_has_the_translation_that_it_has_alone() {
    let channel = support::serve(support::translator(support::reversing())).await;
    let article = proto::Article {
        source_language: "en".to_owned(),
        lead: text("The port of the town is shut."),
        metadata: HashMap::from([("desk".to_owned(), "regional".to_owned())]),
        ..article("a-1", "Harbour closed", PAGE)
    };
    let answers =
        answers(&channel, start(&["fr", "ru"]), vec![article.clone()]).await.expect("it is answered");
    let targets: BTreeSet<&str> = answers.iter().map(|answer| answer.target_language.as_str()).collect();
    assert_eq!((answers.len(), targets), (2, BTreeSet::from(["fr", "ru"])));
    for answer in answers {
        assert_eq!((answer.id.as_str(), answer.index, &answer.metadata), ("a-1", 0, &article.metadata));
        let Some(Answer::Article(translated)) = answer.result else { panic!("{answer:?}") };
        for (source, translation) in [
            (&article.title, translated.title),
            (&article.lead, translated.lead),
            (&article.body, translated.body),
        ] {
            let request = TranslateRequest {
                text: source.clone().expect("it is there").text,
                source_language: "en".to_owned(),
                target_language: answer.target_language.clone(),
                ..TranslateRequest::default()
            };
            let mut client = TranslationServiceClient::new(channel.clone());
            let mut alone = client.translate(request).await.expect("it is translated").into_inner();
            let mut translation = translation.expect("the article has the text");
            // The times of two runs differ.
            (alone.usage, translation.usage) = (None, None);
            assert_eq!(translation, alone);
        }
    }
}

#[tokio::test]
async fn an_article_that_fails_has_its_error_and_the_stream_goes_on() {
    let limits = Limits { max_text_bytes: 1000, ..support::limits() };
    let channel = support::serve_with(support::translator(LoadedModel::copy()), limits).await;
    let long = "The harbour was closed on Monday. ".repeat(40);
    let articles = vec![
        article("good", "Harbour closed", "The harbour was closed on Monday, and the mayor spoke."),
        article("long", "Harbour closed", &long),
        proto::Article { source_language: "xx".to_owned(), ..article("odd", "Harbour", "All is well.") },
        proto::Article { id: "empty".to_owned(), ..proto::Article::default() },
        article("unknown", "12", "34"),
        article("last", "The mayor spoke", "The ferry runs again in June, the owner of the boats said."),
    ];
    let start = TranslateArticlesStart { ordered: true, ..start(&["fr"]) };
    let answers = answers(&channel, start, articles).await.expect("it is answered");
    let ids: Vec<&str> = answers.iter().map(|answer| answer.id.as_str()).collect();
    assert_eq!(ids, ["good", "long", "odd", "empty", "unknown", "last"]);
    let results: Vec<Result<(), (i32, bool)>> = answers
        .iter()
        .map(|answer| match answer.result.as_ref().expect("no answer is empty") {
            Answer::Article(_) => Ok(()),
            Answer::Error(error) => Err((error.code, error.details.is_empty())),
        })
        .collect();
    let refused = Err((i32::from(Code::InvalidArgument), false));
    assert_eq!(results, [Ok(()), refused, refused, refused, refused, Ok(())]);
}

#[tokio::test]
async fn an_article_in_the_target_language_is_copied() {
    let channel = support::serve(support::translator(support::reversing())).await;
    let body = "Le port a été fermé lundi, et le maire a parlé devant les habitants.";
    let answers = answers(&channel, start(&["fr"]), vec![article("a", "Le port fermé", body)]).await;
    let answers = answers.expect("it is answered");
    let [TranslateArticlesResponse { result: Some(Answer::Article(article)), .. }] = &answers[..] else {
        panic!("{answers:?}")
    };
    assert!(article.copied);
    assert_eq!(article.body.as_ref().map(|body| body.translation.as_str()), Some(body));
}

#[tokio::test]
async fn a_summary_comes_beside_the_texts_or_in_their_place() {
    let channel = support::serve(support::translator(support::reversing())).await;
    for instead in [false, true] {
        let summaries = Some(ArticleSummaries { instead, ..ArticleSummaries::default() });
        let start = TranslateArticlesStart { summaries, ..start(&["fr"]) };
        let answers = answers(&channel, start, vec![article("a", "Harbour closed", PAGE)]).await;
        let answers = answers.expect("it is answered");
        let [TranslateArticlesResponse { result: Some(Answer::Article(article)), .. }] = &answers[..] else {
            panic!("{answers:?}")
        };
        let summary = article.summary.as_ref().expect("there is one");
        assert_eq!(summary.sentences.len(), 3);
        assert!(article.title.is_some());
        assert_eq!(article.body.is_none(), instead);
    }
}

#[tokio::test]
async fn a_start_that_is_not_valid_ends_the_stream() {
    let channel = support::serve(support::translator(LoadedModel::copy())).await;
    let terms = Some(TranslateOptions { terms: vec![proto::Term::default()], ..TranslateOptions::default() });
    for (start, field) in [
        (start(&[]), "start.target_languages"),
        (start(&["fr", "fr"]), "start.target_languages[1]"),
        (start(&["de"]), "start.target_languages[0]"),
        (TranslateArticlesStart { options: terms, ..start(&["fr"]) }, "start.options.terms[0]"),
    ] {
        let status =
            answers(&channel, start, vec![article("a", "One", "Two")]).await.expect_err("it is refused");
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(field), "{status:?}");
    }
    let mut client = TranslationServiceClient::new(channel);
    let status = client.translate_articles(stream::iter([next(article("a", "One", "Two"))])).await;
    assert_eq!(status.expect_err("it has no start").code(), Code::InvalidArgument);
}

#[tokio::test]
async fn the_server_reads_no_more_than_it_works_on() {
    let (gate, model) = support::gated();
    let channel = support::serve(support::translator(model)).await;
    let mut client = TranslationServiceClient::new(channel);
    let (mut send, messages) = mpsc::channel(0);
    let feeding = tokio::spawn(async move {
        let mut sent = 0;
        let body = "The harbour was closed on Monday. ".repeat(100);
        let all = std::iter::once(started(start(&["fr"])));
        let all = all
            .chain((0..4000).map(|number: u32| next(article(&number.to_string(), "Harbour closed", &body))));
        for message in all {
            if tokio::time::timeout(std::time::Duration::from_secs(2), send.send(message)).await.is_err() {
                return sent;
            }
            sent += 1;
        }
        sent
    });
    let answers = client.translate_articles(messages).await.expect("it begins").into_inner();
    let sent = feeding.await.expect("it ends");
    // 128 are worked on; some more lie in the buffers of both sides.
    assert!((128..2000).contains(&sent), "{sent} of 4,000 articles were read");
    drop(gate);
    drop(answers);
}

fn request() -> Request {
    Request {
        targets: vec![Language::French, Language::Russian],
        options: translate::Request::new(Some(Language::English), Language::French),
        summaries: None,
        ordered: false,
    }
}

fn numbered(number: u64) -> Article {
    let body =
        Text { text: format!("Boat {number} left the harbour. The mayor waved."), format: Format::Plain };
    Article { id: number.to_string(), source: None, texts: Texts { body: Some(body), ..Texts::default() } }
}

/// The bodies by id and language.
fn bodies(outcomes: Vec<Outcome<ClientError>>) -> HashMap<(String, Language), String> {
    let count = outcomes.len();
    let body = |Outcome { id, index, target, result }: Outcome<ClientError>| {
        assert_eq!(id, index.to_string());
        let body = result.expect("it is translated").texts.body.expect("it has one");
        ((id, target), body.text)
    };
    let bodies: HashMap<_, _> = outcomes.into_iter().map(body).collect();
    assert_eq!(bodies.len(), count, "no article has two answers");
    bodies
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_share_the_articles_and_one_that_dies_loses_none() {
    const ARTICLES: u64 = 400;
    let local = Articles::Local(support::translator(LoadedModel::copy()));
    let articles = || stream::iter((0..ARTICLES).map(|number| Ok::<_, ClientError>(numbered(number))));
    let expected = local.translate(request(), articles()).try_collect().await.expect("it is translated");
    let expected = bodies(expected);
    assert_eq!(expected.len() as u64, 2 * ARTICLES);

    let (mut dies, first) = process::server();
    let (mut stays, second) = process::server();
    let connect =
        async |url: &str| Remote::connect(&Server::from(url), String::new()).await.expect("it answers");
    let servers = vec![connect(&first).await, connect(&second).await];
    let mut outcomes = Box::pin(Articles::Remote(servers).translate(request(), articles()));
    let mut all = Vec::new();
    while let Some(outcome) = outcomes.next().await {
        all.push(outcome.expect("one server stays"));
        if all.len() == 100 {
            dies.kill().expect("it runs");
            dies.wait().expect("it ends");
        }
    }
    stays.kill().expect("it runs");
    stays.wait().expect("it ends");
    assert_eq!(bodies(all), expected);
}
