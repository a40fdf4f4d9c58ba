//! A stream that broke goes on where its last piece ended, and the text comes out as if it had never broken.

use std::{process::Child, time::Duration};

use futures::{StreamExt, TryStreamExt, channel::mpsc, stream};
use tokio_util::bytes::Bytes;
use tonic::{Code, transport::Channel};
use triglot::{
    client::{Backend, ClientError, Remote, Server},
    lang::Language,
    translate::{Event, Request, TranslatedPiece},
    wire::proto::{
        Format, Position, TranslateStreamRequest, TranslateStreamStart, TranslateStreamSummary,
        translate_stream_request, translate_stream_response,
        translation_service_client::TranslationServiceClient,
    },
};

use crate::support::{self, process};

const PLAIN: &str = "HARBOUR CLOSED\nBy our correspondent\n\nThe harbour was closed on Monday. “Nothing sails,” the mayor said,\nand \
                     went home. 12 boats wait.\n\n\tThe ferry runs again in June.\n\nМэр уехал домой. La mer est calme.\n";
const HTML: &str = "<html><body><h1>The harbour</h1><p>It was <b>closed</b> on Monday. The <i>mayor</i> spoke.</p><ul><li>One \
                    boat.<li>Two boats.</ul><pre>keep this</pre><p>The end.</p></body></html>";
const MARKDOWN: &str = "# The harbour\n\nIt was *closed* on Monday. See [the report](https://example.org/a).\n\n- One boat.\n- Two \
                        boats.\n\n```\ncode stays\n```\n\nThe end.\n";
const SUBTITLES: &str = "1\n00:00:01,000 --> 00:00:03,000\nThe harbour\nwas closed.\n\n2\n00:00:04,000 --> 00:00:06,000\n- The mayor \
                         spoke.\n- Nobody came.\n";

/// The pieces and the totals of a stream.
async fn translated(
    client: &TranslationServiceClient<Channel>,
    format: Format,
    text: &str,
    resume_at: Option<Position>,
) -> Result<(Vec<triglot::wire::proto::TranslatedPiece>, TranslateStreamSummary), tonic::Status> {
    let start = TranslateStreamStart {
        source_language: "en".to_owned(),
        target_language: "fr".to_owned(),
        format: format.into(),
        resume_at,
        ..TranslateStreamStart::default()
    };
    let start = translate_stream_request::Request::Start(start);
    let text = text.as_bytes().chunks(7).map(|bytes| translate_stream_request::Request::Text(bytes.to_vec()));
    let messages: Vec<_> = std::iter::once(start)
        .chain(text)
        .map(|request| TranslateStreamRequest { request: Some(request) })
        .collect();
    let answers = client.clone().translate_stream(stream::iter(messages)).await?.into_inner();
    let mut pieces = Vec::new();
    let mut summary = TranslateStreamSummary::default();
    for answer in answers.try_collect::<Vec<_>>().await? {
        match answer.response.expect("no answer is empty") {
            translate_stream_response::Response::Piece(piece) => pieces.push(piece),
            translate_stream_response::Response::Summary(totals) => summary = totals,
        }
    }
    Ok((pieces, summary))
}

#[tokio::test]
async fn the_rest_after_any_piece_is_the_rest_of_the_whole() {
    let client =
        TranslationServiceClient::new(support::serve(support::translator(support::reversing())).await);
    for (format, text) in [
        (Format::Plain, PLAIN),
        (Format::Html, HTML),
        (Format::Markdown, MARKDOWN),
        (Format::Subtitles, SUBTITLES),
    ] {
        let (whole, totals) = translated(&client, format, text, None).await.expect("it is translated");
        assert!(whole.len() > 5, "{whole:#?}");
        assert_eq!(whole.last().and_then(|piece| piece.end).map(|end| end.source), Some(text.len() as u64));
        for (at, piece) in whole.iter().enumerate() {
            let (rest, after) = translated(&client, format, text, piece.end).await.expect("it is translated");
            assert_eq!(rest, whole[at + 1..], "{format:?} after {piece:?}");
            assert_eq!((after.source_bytes, after.target_bytes), (totals.source_bytes, totals.target_bytes));
        }
    }
}

#[tokio::test]
async fn a_place_behind_the_end_is_an_error() {
    let client = support::copying_client().await;
    let behind = Some(Position { source: PLAIN.len() as u64 + 1, target: 0 });
    let status = translated(&client, Format::Plain, PLAIN, behind).await.expect_err("it is too far");
    assert_eq!(status.code(), Code::InvalidArgument);
    let fields = tonic_types::StatusExt::get_details_bad_request(&status).expect("it names the field");
    assert_eq!(fields.field_violations[0].field, "start.resume_at.source");
}

/// A server that is started again at its address.
fn serving(address: &str) -> Child {
    let (server, at) = process::serving(&["--model", "copy", "--listen", address]);
    assert!(at.ends_with(address) || address.ends_with(":0"));
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_goes_on_after_its_server_is_killed() {
    let (mut server, address) = process::server();
    let place = address.trim_start_matches("http://").to_owned();
    let remote = Remote::connect(&Server::from(address.as_str()), String::new()).await.expect("it listens");
    let backend = Backend::Remote(remote);
    let (input, received) = mpsc::unbounded::<Result<Bytes, ClientError>>();
    let send = |text: &'static str| input.unbounded_send(Ok(Bytes::from(text))).expect("somebody reads");
    let (first, second) = ("The harbour was closed. The mayor spoke.\n\nNobody ", "came. The end.\n");
    let request = Request::new(Some(Language::English), Language::French);
    let mut events = Box::pin(backend.translate(request, received).await.expect("it begins"));
    let mut pieces: Vec<TranslatedPiece> = Vec::new();
    send(first);
    while pieces.len() < 3 {
        let Some(Ok(Event::Piece(piece))) = events.next().await else { panic!("it breaks too early") };
        pieces.push(piece);
    }
    server.kill().expect("it runs");
    server.wait().expect("it ends");
    let mut server = tokio::task::spawn_blocking(move || serving(&place)).await.expect("it starts again");
    send(second);
    input.close_channel();
    let mut totals = None;
    while let Some(event) =
        tokio::time::timeout(Duration::from_secs(60), events.next()).await.expect("it ends")
    {
        match event.expect("it goes on") {
            Event::Piece(piece) => pieces.push(piece),
            Event::Done(done) => totals = Some(done),
        }
    }
    server.kill().expect("it runs");
    server.wait().expect("it ends");

    let text = [first, second].concat();
    let whole = support::translator(triglot::engine::LoadedModel::copy());
    let whole = whole
        .text(Request::new(Some(Language::English), Language::French), text)
        .await
        .expect("it is translated");
    assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), whole.text);
    let segments: Vec<_> = pieces.iter().filter_map(|piece| piece.segment.clone()).collect();
    assert_eq!(segments, whole.segments);
    let totals = totals.expect("it has totals");
    assert_eq!((totals.segments, totals.target_bytes), (whole.totals.segments, whole.totals.target_bytes));
}
