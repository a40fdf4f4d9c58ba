//! Pages call over gRPC-Web: by HTTP/1.1 too, and only those of origins that the operator names.

use std::net::SocketAddr;

use prost::Message;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use triglot::{
    engine::LoadedModel,
    server::Server,
    wire::proto::{
        TranslateRequest, TranslateResponse, translation_service_client::TranslationServiceClient,
    },
};

use crate::support;

const PATH: &str = "/triglot.v1.TranslationService/Translate";

async fn serve(origins: &[&str]) -> SocketAddr {
    let (_, translator) = watch::channel(support::translator(LoadedModel::copy()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let origins = origins.iter().map(|origin| origin.parse().expect("it is an origin")).collect();
    let server = Server { origins, ..Server::new(listener, translator, support::limits()) };
    tokio::spawn(server.run(futures::stream::pending()));
    address
}

/// The head and the body of an answer over HTTP/1.1; both are empty if the server only closes the connection.
async fn ask(address: SocketAddr, method: &str, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let length = body.len();
    let head = format!(
        "{method} {PATH} HTTP/1.1\r\nHost: triglot\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await.expect("it reads");
    let mut answer = Vec::new();
    // A refused connection may be reset.
    let _ = stream.read_to_end(&mut answer).await;
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Default::default();
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let body = answer[end + 4..].to_vec();
    let body = if head.contains("transfer-encoding: chunked") { joined(&body) } else { body };
    (head, body)
}

/// A body in chunks, as one.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|bytes| bytes == b"\r\n") {
        let size = str::from_utf8(&chunks[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.expect("a chunk has its size");
        body.extend(&chunks[end + 2..end + 2 + size]);
        chunks = &chunks[end + 2 + size + 2..];
    }
    body
}

/// A message in its frame.
fn frame(request: &TranslateRequest) -> Vec<u8> {
    let message = request.encode_to_vec();
    [&[0], &u32::try_from(message.len()).expect("it is short").to_be_bytes()[..], &message].concat()
}

/// The frames of a body, each with its flag.
fn frames(mut body: &[u8]) -> Vec<(u8, &[u8])> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = body.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        frames.push((head[0], &rest[..length]));
        body = &rest[length..];
    }
    frames
}

const CALL: &str =
    "Content-Type: application/grpc-web+proto\r\nX-Grpc-Web: 1\r\nOrigin: https://news.example\r\n";

#[tokio::test]
async fn a_page_calls_over_http_1() {
    let address = serve(&["https://news.example", "https://other.example"]).await;
    let request = support::request("The harbour was closed.");
    let (head, body) = ask(address, "POST", CALL, &frame(&request)).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("access-control-allow-origin: https://news.example"), "{head}");
    assert!(
        head.contains("access-control-expose-headers: ") && head.contains("grpc-status-details-bin"),
        "{head}"
    );
    let frames = frames(&body);
    let [(0, message), (0x80, trailers)] = frames[..] else { panic!("{frames:?}") };
    let answer = TranslateResponse::decode(message).expect("it is an answer");
    assert_eq!(answer.translation, "The harbour was closed.");
    assert!(String::from_utf8_lossy(trailers).contains("grpc-status:0"), "{trailers:?}");
}

#[tokio::test]
async fn a_page_gets_the_status_of_a_refused_call() {
    let address = serve(&["*"]).await;
    let (head, body) = ask(address, "POST", CALL, &frame(&support::request(""))).await;
    let whole = head + &String::from_utf8_lossy(&body);
    assert!(whole.contains("grpc-status:3") || whole.contains("grpc-status: 3"), "{whole}");
    assert!(whole.contains("grpc-status-details-bin"), "{whole}");
}

#[tokio::test]
async fn a_browser_is_told_which_pages_may_call() {
    let address = serve(&["https://news.example"]).await;
    let asks = |origin: &str| {
        format!(
            "Origin: {origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type,x-grpc-web,authorization\r\n"
        )
    };
    let (head, _) = ask(address, "OPTIONS", &asks("https://news.example"), b"").await;
    assert!(head.contains("access-control-allow-origin: https://news.example"), "{head}");
    assert!(head.contains("access-control-allow-methods: post"), "{head}");
    for header in ["authorization", "content-type", "x-grpc-web", "grpc-timeout"] {
        assert!(head.contains(header), "{header}: {head}");
    }
    let (head, _) = ask(address, "OPTIONS", &asks("https://evil.example"), b"").await;
    assert!(!head.contains("access-control-allow-origin"), "{head}");
}

#[tokio::test]
async fn clients_of_grpc_call_as_before() {
    let address = serve(&["*"]).await;
    let mut client = TranslationServiceClient::new(support::connect(address).await);
    let answer = client.translate(support::request("All is well.")).await.expect("it is translated");
    assert_eq!(answer.into_inner().translation, "All is well.");
}

#[tokio::test]
async fn without_an_origin_there_is_no_http_1() {
    let address = serve(&[]).await;
    let (head, _) = ask(address, "POST", CALL, &frame(&support::request("All is well."))).await;
    assert_eq!(head, "");
}
