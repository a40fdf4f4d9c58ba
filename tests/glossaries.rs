//! Glossaries are registered on a server, stay across restarts, and give their terms to translations that name them. The copying
//! model copies what it reads, so it has a term only if the sentence that it reads has the target.

use std::process::Child;

use tempfile::TempDir;
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt;
use triglot::{
    engine::LoadedModel,
    glossary::GlossaryFile,
    translate::Glossaries,
    wire::proto::{
        ChangeTermsRequest, DeleteGlossaryRequest, GetGlossaryRequest, Glossary, LanguagePair,
        ListGlossariesRequest, PutGlossaryRequest, Term, TranslateOptions, TranslateRequest,
        TranslateResponse, glossary_service_client::GlossaryServiceClient,
        translate_stream_request::Request as Message, translate_stream_response::Response as Answer,
        translation_service_client::TranslationServiceClient,
    },
};

use crate::support::{self, process};

type Client = GlossaryServiceClient<Channel>;

/// A server with glossaries in a folder.
async fn served() -> (TempDir, Channel) {
    let folder = TempDir::new().expect("a folder can be made");
    let file = GlossaryFile::open(&folder.path().join("glossaries")).expect("it opens");
    let translator = support::translator(LoadedModel::copy()).with_glossaries(Glossaries::new(Some(file)));
    (folder, support::serve(translator).await)
}

fn terms(terms: &[(&str, &str)]) -> Vec<Term> {
    let term = |(source, target): &(&str, &str)| Term { source: (*source).into(), target: (*target).into() };
    terms.iter().map(term).collect()
}

fn glossary(name: &str, pair: &str, listed: &[(&str, &str)]) -> Glossary {
    let (source, target) = pair.split_once('-').expect("it has two languages");
    let pair = LanguagePair { source_language: source.to_owned(), target_language: target.to_owned() };
    Glossary { name: name.to_owned(), pair: Some(pair), terms: terms(listed), ..Glossary::default() }
}

async fn put(client: &mut Client, glossary: Glossary) -> Result<Glossary, Status> {
    let answer = client.put_glossary(PutGlossaryRequest { glossary: Some(glossary) }).await?;
    Ok(answer.into_inner().glossary.expect("it is there"))
}

async fn get(client: &mut Client, name: &str) -> Result<Glossary, Status> {
    let answer = client.get_glossary(GetGlossaryRequest { name: name.to_owned() }).await?;
    Ok(answer.into_inner().glossary.expect("it is there"))
}

/// Translates from English to French with these glossaries.
fn request(text: &str, glossaries: &[&str], own: &[(&str, &str)]) -> TranslateRequest {
    let glossaries = glossaries.iter().map(|name| (*name).to_owned()).collect();
    let options = TranslateOptions { glossaries, terms: terms(own), ..TranslateOptions::default() };
    TranslateRequest { options: Some(options), ..support::request(text) }
}

async fn translate(channel: &Channel, request: TranslateRequest) -> Result<TranslateResponse, Status> {
    TranslationServiceClient::new(channel.clone()).translate(request).await.map(tonic::Response::into_inner)
}

/// The field that a status names.
fn field(status: &Status) -> String {
    let details = status.get_details_bad_request().expect("it names a field");
    details.field_violations[0].field.clone()
}

#[tokio::test]
async fn a_glossary_is_written_read_listed_and_deleted() {
    let (_folder, channel) = served().await;
    let mut client = Client::new(channel);
    let bank = glossary("bank", "en-fr", &[("key rate", "taux directeur"), ("Green Fork", "")]);
    let written = put(&mut client, bank.clone()).await.expect("it is written");
    assert_eq!((written.term_count, written.terms.len()), (2, 0));
    let read = get(&mut client, "bank").await.expect("it is read");
    assert_eq!(read, Glossary { terms: bank.terms.clone(), ..written.clone() });

    let change = ChangeTermsRequest {
        name: "bank".to_owned(),
        put: terms(&[("key rate", "taux de base"), ("mill", "moulin")]),
        remove: vec!["Green Fork".to_owned()],
    };
    let changed = client.change_terms(change).await.expect("it changes").into_inner().glossary;
    let changed = changed.expect("it is there");
    assert!(changed.revision > written.revision);
    let read = get(&mut client, "bank").await.expect("it is read");
    assert_eq!(read.terms, terms(&[("key rate", "taux de base"), ("mill", "moulin")]));

    put(&mut client, glossary("weather", "ru-en", &[])).await.expect("it is written");
    let first = ListGlossariesRequest { page_size: 1, page_token: String::new() };
    let first = client.list_glossaries(first).await.expect("it lists").into_inner();
    assert_eq!(first.glossaries, [changed]);
    let second = ListGlossariesRequest { page_size: 1, page_token: first.next_page_token };
    let second = client.list_glossaries(second).await.expect("it lists").into_inner();
    assert_eq!((second.glossaries[0].name.as_str(), second.next_page_token.as_str()), ("weather", ""));

    let delete = DeleteGlossaryRequest { name: "bank".to_owned(), revision: 0 };
    client.delete_glossary(delete.clone()).await.expect("it is deleted");
    let status = get(&mut client, "bank").await.expect_err("it is gone");
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status.get_details_resource_info().expect("it has details").resource_name, "bank");
    assert_eq!(client.delete_glossary(delete).await.expect_err("it is gone").code(), Code::NotFound);
}

#[tokio::test]
async fn two_writers_do_not_overwrite_each_other() {
    let (_folder, channel) = served().await;
    let mut client = Client::new(channel);
    let bank = |revision, target| Glossary { revision, ..glossary("bank", "en-fr", &[("rate", target)]) };
    let first = put(&mut client, bank(0, "taux")).await.expect("it is new");
    let status = put(&mut client, bank(0, "tarif")).await.expect_err("it is there");
    assert_eq!(status.code(), Code::AlreadyExists);
    let second = put(&mut client, bank(first.revision, "tarif")).await.expect("it is the newest");
    let status = put(&mut client, bank(first.revision, "taux")).await.expect_err("it is old");
    assert_eq!(status.code(), Code::Aborted);
    let info = status.get_details_error_info().expect("it has details");
    assert_eq!(
        (info.reason.as_str(), &info.metadata["revision"]),
        ("GLOSSARY_CHANGED", &second.revision.to_string())
    );
    let old = DeleteGlossaryRequest { name: "bank".to_owned(), revision: first.revision };
    assert_eq!(client.delete_glossary(old).await.expect_err("it is old").code(), Code::Aborted);
    assert_eq!(get(&mut client, "bank").await.expect("it is there").terms, terms(&[("rate", "tarif")]));
}

#[tokio::test]
async fn an_invalid_request_is_refused_by_its_field() {
    let (_folder, channel) = served().await;
    let mut client = Client::new(channel);
    let long = "ж".repeat(200);
    let large: Vec<(&str, &str)> = vec![(&long, &long); 4_000];
    let wrong = [
        (None, "glossary"),
        (Some(glossary("../bank", "en-fr", &[])), "glossary.name"),
        (Some(glossary("bank", "en-", &[])), "glossary.pair.target_language"),
        (Some(glossary("bank", "de-fr", &[])), "glossary.pair.source_language"),
        (Some(glossary("bank", "fr-fr", &[])), "glossary.pair"),
        (Some(glossary("bank", "en-fr", &[("rate", "taux"), ("…", "x")])), "glossary.terms[1]"),
        (Some(glossary("bank", "en-fr", &[("rate", "taux"); 10_001])), "glossary.terms"),
        (Some(glossary("bank", "en-fr", &large)), "glossary.terms"),
    ];
    for (glossary, expected) in wrong {
        let status = client.put_glossary(PutGlossaryRequest { glossary }).await.expect_err(expected);
        assert_eq!((status.code(), field(&status).as_str()), (Code::InvalidArgument, expected));
    }
    let status = get(&mut client, "").await.expect_err("it has no name");
    assert_eq!(field(&status), "name");
    let page = ListGlossariesRequest { page_size: 1_001, page_token: String::new() };
    assert_eq!(field(&client.list_glossaries(page).await.expect_err("it is large")), "page_size");
    let page = ListGlossariesRequest { page_size: 0, page_token: "?".to_owned() };
    assert_eq!(field(&client.list_glossaries(page).await.expect_err("it is no token")), "page_token");
    let change = ChangeTermsRequest { name: "bank".to_owned(), put: terms(&[("", "x")]), remove: vec![] };
    assert_eq!(field(&client.change_terms(change).await.expect_err("it is no term")), "put[0]");
}

#[tokio::test]
async fn a_server_without_a_file_has_no_glossaries() {
    let channel = support::serve(support::translator(LoadedModel::copy())).await;
    let status = get(&mut Client::new(channel.clone()), "bank").await.expect_err("there are none");
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("--glossary-file"), "{}", status.message());
    let status = translate(&channel, request("Rain.", &["bank"], &[])).await.expect_err("there are none");
    assert_eq!((status.code(), field(&status).as_str()), (Code::InvalidArgument, "options.glossaries[0]"));
}

#[tokio::test]
async fn a_translation_has_the_terms_of_its_glossaries() {
    let (_folder, channel) = served().await;
    let mut client = Client::new(channel.clone());
    let listed = [("key rate", "taux directeur"), ("mill", "moulin")];
    put(&mut client, glossary("bank", "en-fr", &listed)).await.expect("it is written");
    put(&mut client, glossary("water", "en-fr", &[("weir", "barrage"), ("mill", "minoterie")]))
        .await
        .expect("it is written");
    let text = "The key rates of the mill and the weir rise.";

    let answer = translate(&channel, request(text, &["bank", "water"], &[])).await.expect("it is translated");
    assert_eq!(answer.translation, "The taux directeur of the moulin and the barrage rise.");
    let used = &answer.segments[0].terms;
    assert_eq!(
        used.iter().filter_map(|used| used.term.clone()).collect::<Vec<_>>(),
        terms(&[("key rate", "taux directeur"), ("mill", "moulin"), ("weir", "barrage"),])
    );
    assert!(used.iter().all(|used| used.target.is_some()));

    let own = request(text, &["bank"], &[("key rate", "taux de base")]);
    let answer = translate(&channel, own).await.expect("it is translated");
    assert_eq!(answer.translation, "The taux de base of the moulin and the weir rise.");

    let TranslateRequest { source_language, target_language, options, .. } = request("", &["water"], &[]);
    let mut start = support::stream_start();
    if let Some(Message::Start(start)) = &mut start.request {
        (start.source_language, start.target_language, start.options) =
            (source_language, target_language, options);
    }
    let messages = tokio_stream::iter([start, support::stream_text(text.as_bytes())]);
    let mut client = TranslationServiceClient::new(channel);
    let mut answers = client.translate_stream(messages).await.expect("it begins").into_inner();
    let mut translation = String::new();
    while let Some(answer) = answers.message().await.expect("it goes on") {
        if let Some(Answer::Piece(piece)) = answer.response {
            translation.push_str(&piece.text);
        }
    }
    assert_eq!(translation, "The key rates of the minoterie and the barrage rise.");
}

#[tokio::test]
async fn a_changed_glossary_counts_at_once_and_the_memory_knows_the_difference() {
    let (_folder, channel) = served().await;
    let mut client = Client::new(channel.clone());
    put(&mut client, glossary("bank", "en-fr", &[("rate", "taux")])).await.expect("it is written");
    put(&mut client, glossary("post", "en-fr", &[("rate", "tarif")])).await.expect("it is written");
    let text = "The rate of the day rises.";
    let said = async |glossaries: &[&str]| {
        let answer = translate(&channel, request(text, glossaries, &[])).await.expect("it is translated");
        (answer.translation, answer.usage.expect("it is there").remembered)
    };
    assert_eq!(said(&["bank"]).await, ("The taux of the day rises.".to_owned(), 0));
    assert_eq!(said(&["post"]).await, ("The tarif of the day rises.".to_owned(), 0));
    assert_eq!(said(&[]).await, (text.to_owned(), 0));
    let put = terms(&[("rate", "cadence")]);
    let change = ChangeTermsRequest { name: "bank".to_owned(), put, remove: Vec::new() };
    client.change_terms(change).await.expect("it changes");
    assert_eq!(said(&["bank"]).await, ("The cadence of the day rises.".to_owned(), 0));
}

#[tokio::test]
async fn a_glossary_that_cannot_be_used_is_refused_by_its_place() {
    let (_folder, channel) = served().await;
    let mut client = Client::new(channel.clone());
    for (name, pair) in [("bank", "en-fr"), ("back", "fr-en"), ("russian", "ru-fr")] {
        put(&mut client, glossary(name, pair, &[("rate", "taux")])).await.expect("it is written");
    }
    let names: Vec<&str> = vec!["bank"; 17];
    for (glossaries, expected) in [
        (&["bank", "other"][..], "options.glossaries[1]"),
        (&["Bank"], "options.glossaries[0]"),
        (&["back"], "options.glossaries[0]"),
        (&["russian"], "options.glossaries[0]"),
        (&names, "options.glossaries"),
    ] {
        let status = translate(&channel, request("The rate.", glossaries, &[])).await.expect_err(expected);
        assert_eq!((status.code(), field(&status).as_str()), (Code::InvalidArgument, expected));
    }
    let text = "The key rate of the central bank rises again this year.";
    let detected =
        TranslateRequest { source_language: String::new(), ..request(text, &["bank", "russian"], &[]) };
    let answer = translate(&channel, detected).await.expect("one of them fits");
    assert!(answer.translation.contains("key taux of"), "{}", answer.translation);
}

#[tokio::test(flavor = "multi_thread")]
async fn glossaries_are_there_after_a_restart() {
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("glossaries");
    let file = file.to_str().expect("its name is text");
    let start = || process::serving(&["--model", "copy", "--glossary-file", file]);
    let stop = |mut server: Child| {
        server.kill().expect("it ends");
        server.wait().expect("it ends");
    };
    let (server, address) = start();
    let mut client = Client::connect(address).await.expect("it answers");
    let written =
        put(&mut client, glossary("bank", "en-fr", &[("rate", "taux")])).await.expect("it is written");
    stop(server);
    let (server, address) = start();
    let mut client = Client::connect(address).await.expect("it answers");
    let read = get(&mut client, "bank").await.expect("it is still there");
    assert_eq!(read, Glossary { terms: terms(&[("rate", "taux")]), ..written });
    stop(server);
}
