//! `TranslateStream`: returns lines in order while the client still sends text, in constant memory.

use std::fs;

use tokio::sync::mpsc;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use triglot::wire::proto::{
    translate_stream_response::Response, translation_service_client::TranslationServiceClient,
};

use crate::support::{self, process::server};

const SENTENCE: &str = "The committee will publish its report on the harbour next week.\n";

#[tokio::test]
async fn a_line_is_returned_before_the_text_ends() {
    let mut client = support::copying_client().await;
    let (send, messages) = mpsc::channel(4);
    send.send(support::stream_start()).await.expect("the stream is open");
    let answers = client.translate_stream(ReceiverStream::new(messages));
    send.send(support::stream_text(b"It rained on Mon")).await.expect("the stream is open");
    let mut answers = answers.await.expect("it translates").into_inner();
    send.send(support::stream_text(b"day.\nIt snowed on")).await.expect("the stream is open");
    let first = answers.message().await.expect("it goes on").and_then(|answer| answer.response);
    let Some(Response::Piece(piece)) = first else { panic!("{first:?}") };
    assert_eq!(piece.text, "It rained on Monday.");
    send.send(support::stream_text(b" Tuesday.")).await.expect("the stream is open");
    drop(send);
    let mut rest = String::new();
    let mut summary = None;
    while let Some(answer) = answers.message().await.expect("it goes on") {
        match answer.response.expect("no message is empty") {
            Response::Piece(piece) => rest.push_str(&piece.text),
            Response::Summary(totals) => summary = Some(totals),
        }
    }
    assert_eq!(rest, "\nIt snowed on Tuesday.");
    let summary = summary.expect("the totals come last");
    assert_eq!((summary.segments, summary.source_bytes, summary.target_bytes), (2, 42, 42));
}

/// The server must not keep text that it has returned.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_needs_constant_memory() {
    const BYTES: usize = 10_000_000;
    let portion = SENTENCE.repeat(1000);
    let portions = BYTES.div_ceil(portion.len());
    let (mut server, address) = server();
    let mut client = TranslationServiceClient::connect(address).await.expect("the server answers");
    let expected = portion.clone();
    let messages = tokio_stream::iter((0..portions).map(move |_| support::stream_text(portion.as_bytes())));
    let messages = tokio_stream::once(support::stream_start()).chain(messages);
    let mut answers = client.translate_stream(messages).await.expect("it translates").into_inner();
    let (mut position, mut early, mut most) = (0, 0, 0);
    let mut answered = 0usize;
    let mut summary = None;
    while let Some(answer) = answers.message().await.expect("it goes on") {
        match answer.response.expect("no message is empty") {
            Response::Piece(piece) => {
                let expected = &expected[position % expected.len()..][..piece.text.len()];
                assert_eq!(piece.text, expected);
                position += piece.text.len();
                answered += 1;
                if answered.is_multiple_of(1000) {
                    let resident = resident_bytes(server.id());
                    most = most.max(resident);
                    if position < BYTES / 5 {
                        early = most;
                    }
                }
            }
            Response::Summary(totals) => summary = Some(totals),
        }
    }
    assert_eq!(summary.expect("the totals come last").target_bytes as usize, portions * expected.len());
    println!("resident after 2 MB: {} MB, at most: {} MB", early / 1_000_000, most / 1_000_000);
    server.kill().expect("it runs");
    server.wait().expect("it ends");
    assert!(most < early + 10_000_000, "the memory grew from {early} to {most}");
}

fn resident_bytes(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the system reports it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the system reports it");
    line.split_whitespace().next().and_then(|number| number.parse::<usize>().ok()).expect("a number") * 1024
}
