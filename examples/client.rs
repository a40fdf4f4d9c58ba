//! Calls a server with tonic: `cargo run --release --example client -- translate|stream|batch|summarize FILE LANGUAGE`.
//!
//! The messages are those that this crate makes from `proto/`. A program that does not use the crate makes them with
//! tonic-prost-build, as `build.rs` does.

use std::{env, error::Error, fs, iter, process::ExitCode, time::Duration};

use futures::stream;
use tonic::{Status, transport::Channel};
use tonic_types::StatusExt;
use triglot::wire::proto::{
    SummarizeRequest, SummaryLength, TranslateBatchRequest, TranslateRequest, TranslateStreamRequest,
    TranslateStreamStart, summarization_service_client::SummarizationServiceClient, summary_length::Length,
    translate_batch_result, translate_stream_request, translate_stream_response,
    translation_service_client::TranslationServiceClient,
};

/// Bytes of a text in one message of a stream.
const PORTION: usize = 64 << 10;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [command, file, language] = &arguments[..] else {
        eprintln!("usage: client translate|stream|batch|summarize FILE LANGUAGE");
        return ExitCode::from(2);
    };
    match run(command, file, language.clone()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.downcast_ref().map_or_else(|| error.to_string(), explained));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: &str, file: &str, to: String) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let server = env::var("TRIGLOT_SERVER").unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned());
    let channel = Channel::from_shared(server)?.timeout(Duration::from_secs(600)).connect().await?;
    match command {
        "translate" => translate(channel, text, to).await?,
        "stream" => translate_stream(channel, &text, to).await?,
        "batch" => batch(channel, &text, to).await?,
        "summarize" => summarize(channel, text, to).await?,
        other => return Err(format!("{other} is no command").into()),
    }
    Ok(())
}

async fn translate(channel: Channel, text: String, target_language: String) -> Result<(), Status> {
    let request = TranslateRequest { text, target_language, ..TranslateRequest::default() };
    let answer = TranslationServiceClient::new(channel).translate(request).await?.into_inner();
    print!("{}", answer.translation);
    for segment in answer.segments.iter().filter(|segment| !segment.warnings.is_empty()) {
        let warnings: Vec<_> = segment.warnings().map(|warning| warning.as_str_name()).collect();
        let place = segment.source.unwrap_or_default();
        eprintln!("bytes {} to {}: {}", place.start, place.end, warnings.join(", "));
    }
    Ok(())
}

/// Prints each piece as soon as it is ready. A portion may end inside a character.
async fn translate_stream(channel: Channel, text: &str, target_language: String) -> Result<(), Status> {
    let start = TranslateStreamStart { target_language, ..TranslateStreamStart::default() };
    let portions: Vec<_> = text.as_bytes().chunks(PORTION).map(<[u8]>::to_vec).collect();
    let requests = iter::once(translate_stream_request::Request::Start(start))
        .chain(portions.into_iter().map(translate_stream_request::Request::Text))
        .map(|request| TranslateStreamRequest { request: Some(request) });
    let mut client = TranslationServiceClient::new(channel);
    let mut answers = client.translate_stream(stream::iter(requests)).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        // The last answer has no piece: it has the totals.
        if let Some(translate_stream_response::Response::Piece(piece)) = answer.response {
            print!("{}", piece.text);
        }
    }
    Ok(())
}

/// Translates the paragraphs as texts of their own. One that fails has its error in its place, and stays as it is here.
async fn batch(channel: Channel, text: &str, target_language: String) -> Result<(), Status> {
    let paragraphs: Vec<&str> = text.split("\n\n").collect();
    let request = |text: &&str| TranslateRequest {
        text: (*text).to_owned(),
        target_language: target_language.clone(),
        ..TranslateRequest::default()
    };
    let requests = paragraphs.iter().map(request).collect();
    let mut client = TranslationServiceClient::new(channel);
    let answer = client.translate_batch(TranslateBatchRequest { requests }).await?.into_inner();
    let translated =
        answer.results.into_iter().zip(paragraphs).map(|(result, paragraph)| match result.result {
            Some(translate_batch_result::Result::Response(response)) => response.translation,
            Some(translate_batch_result::Result::Error(error)) => {
                eprintln!("a paragraph stays as it is: {}", error.message);
                paragraph.to_owned()
            }
            None => paragraph.to_owned(),
        });
    print!("{}", translated.collect::<Vec<_>>().join("\n\n"));
    Ok(())
}

async fn summarize(channel: Channel, text: String, target_language: String) -> Result<(), Status> {
    let length = Some(SummaryLength { length: Some(Length::Sentences(2)) });
    let request = SummarizeRequest { text, target_language, length, ..SummarizeRequest::default() };
    let answer = SummarizationServiceClient::new(channel).summarize(request).await?.into_inner();
    println!("{}", answer.summary.unwrap_or_default().text);
    Ok(())
}

/// What a server says of an error, and when to try again.
fn explained(status: &Status) -> String {
    let delay = status.get_details_retry_info().and_then(|retry| retry.retry_delay);
    let again = delay.map(|delay| format!("; try again in {delay:?}")).unwrap_or_default();
    format!("{}{again}", status.message())
}
