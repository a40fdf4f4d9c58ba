//! The kinds of hostile requests.

use fastrand::Rng;
use http::Method;
use prost::Message;
use tokio_util::bytes::Bytes;
use triglot::wire::proto::{
    DetectLanguageRequest, SummarizeRequest, Term, TranslateOptions, TranslateRequest,
    TranslateStreamRequest, TranslateStreamStart, translate_stream_request::Request as Part,
};

use super::{
    call::Attack,
    frames::{field, frame, gzipped, message},
    texts::TEXTS,
};
use crate::support;

const TRANSLATE: &str = "/triglot.v1.TranslationService/Translate";
const STREAM: &str = "/triglot.v1.TranslationService/TranslateStream";
const DETECT: &str = "/triglot.v1.TranslationService/DetectLanguage";
const SUMMARIZE: &str = "/triglot.v1.SummarizationService/Summarize";
/// All methods that read a message.
const METHODS: [&str; 14] = [
    TRANSLATE,
    STREAM,
    DETECT,
    SUMMARIZE,
    "/triglot.v1.TranslationService/ListLanguagePairs",
    "/triglot.v1.SummarizationService/SummarizeStream",
    "/triglot.v1.InfoService/GetInfo",
    "/triglot.v1.GlossaryService/PutGlossary",
    "/triglot.v1.GlossaryService/ChangeTerms",
    "/triglot.v1.GlossaryService/GetGlossary",
    "/triglot.v1.GlossaryService/ListGlossaries",
    "/triglot.v1.GlossaryService/DeleteGlossary",
    "/grpc.health.v1.Health/Check",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
];

type Maker = fn(&mut Rng) -> Attack;

/// What does not look at the text.
const WIRE: [Maker; 22] = [
    |rng| attack("noise", any(rng), vec![message(&noise(rng, 300))]),
    |rng| {
        attack(
            "noise without a head",
            any(rng),
            vec![[vec![0; rng.usize(..4)], noise(rng, 3000)].concat().into()],
        )
    },
    |rng| {
        let mut bytes = valid();
        (0..rng.usize(1..8)).for_each(|_| *rng.choice(&mut bytes).expect("it has bytes") = rng.u8(..));
        attack("a message with other bytes", any(rng), vec![message(&bytes)])
    },
    |rng| {
        let bytes = valid();
        attack("a message without its end", any(rng), vec![message(&bytes[..rng.usize(..bytes.len())])])
    },
    |rng| attack("a frame without its end", any(rng), vec![frame(0, 1 << rng.u32(7..32), &valid())]),
    |rng| attack("a head without its end", any(rng), vec![message(&valid()).slice(..rng.usize(1..5))]),
    |rng| attack("bytes after the message", any(rng), vec![frame(0, rng.u32(..20), &valid())]),
    |rng| attack("an unknown flag", any(rng), vec![frame(rng.u8(2..), valid().len() as u32, &valid())]),
    |rng| attack("compressed by nobody knows what", any(rng), vec![frame(1, valid().len() as u32, &valid())]),
    |rng| {
        let mut bytes = gzipped(&valid());
        (0..rng.usize(1..8)).for_each(|_| *rng.choice(&mut bytes).expect("it has bytes") = rng.u8(..));
        gzip("broken gzip", any(rng), &bytes)
    },
    |rng| {
        let bytes = field(1, &vec![b'a'; rng.usize(1..64) << 20]);
        gzip("a gzip bomb", any(rng), &gzipped(&bytes))
    },
    |rng| {
        let encoding = rng.choice(["br", "gzip, gzip", "zstd", "../gzip", ""]).expect("there are some");
        let attack = attack("an unknown encoding", any(rng), vec![frame(1, 3, &[1, 2, 3])]);
        with(attack, "grpc-encoding", encoding)
    },
    |rng| {
        let text = [b"The mayor \xff spoke.".as_slice(), &noise(rng, 200)].concat();
        attack("a text that is not UTF-8", any(rng), vec![message(&field(rng.u32(1..4), &text))])
    },
    |rng| {
        let bytes = field(rng.u32(1..2000), &vec![b'a'; rng.usize(1..8) << 20]);
        attack("a huge field", any(rng), vec![message(&bytes)])
    },
    |rng| {
        let depth = rng.usize(1..2000);
        let bytes = (0..depth).fold(Vec::new(), |inner, _| field(4, &inner));
        attack("deep messages", any(rng), vec![message(&bytes)])
    },
    |rng| {
        let request = TranslateRequest { format: rng.i32(..), ..support::request("It rains.") };
        let options = TranslateOptions {
            on_failure: rng.i32(..),
            matches: rng.i32(..),
            typography: rng.i32(..),
            line_breaks: rng.i32(..),
            ..TranslateOptions::default()
        };
        unary("unknown values of enums", TRANSLATE, &TranslateRequest { options: Some(options), ..request })
    },
    |rng| {
        let term = Term { source: "rain".to_owned(), target: "\0".repeat(rng.usize(..300)) };
        let options = TranslateOptions {
            model: rng.choice(["../../etc/passwd", "\0", "%s%n", ""]).expect("there are some").to_owned(),
            beam_size: rng.u32(..),
            max_output_ratio: f32::from_bits(rng.u32(..)),
            alternatives: rng.u32(..),
            min_score: Some(f32::from_bits(rng.u32(..))),
            terms: vec![term; rng.usize(..3000)],
            glossaries: vec!["../glossary".to_owned(); rng.usize(..100)],
            ..TranslateOptions::default()
        };
        let request = TranslateRequest { options: Some(options), ..support::request("It rains.") };
        unary("wild options", TRANSLATE, &request)
    },
    |rng| {
        let path = [
            "/",
            "//",
            "/triglot.v1.TranslationService/",
            "/a.B/C",
            "/../Translate",
            "/%00/%ff",
            "/triglot.v1.None/Get",
        ];
        attack("an unknown method", rng.choice(path).expect("there are some"), vec![message(&valid())])
    },
    |rng| {
        let kind = rng.choice(["text/html", "application/json", "application/grpc+json", "", "\t"]);
        let mut attack = attack("another content type", any(rng), vec![message(&valid())]);
        attack.headers.retain(|(name, _)| *name != "content-type");
        with(attack, "content-type", kind.expect("there are some"))
    },
    |rng| {
        let method = rng.choice([Method::GET, Method::PUT, Method::OPTIONS, Method::DELETE]);
        Attack { method: method.expect("there are some"), ..attack("another HTTP method", any(rng), vec![]) }
    },
    |rng| {
        let time = rng.choice(["99999999999H", "-1S", "abc", "0n", "1", "18446744073709551615S", "8H8H"]);
        with(
            attack("a wild deadline", any(rng), vec![message(&valid())]),
            "grpc-timeout",
            time.expect("there are some"),
        )
    },
    |rng| {
        let attack = attack("wild metadata", any(rng), vec![message(&valid())]);
        let value = "%".repeat(rng.usize(1..12_000));
        with(with(attack, "x-noise-bin", &value), "traceparent", &value[..value.len().min(200)])
    },
];

/// What looks like a stream.
const STREAMS: [Maker; 6] = [
    |rng| attack("a call without a message", any(rng), vec![]),
    |_| attack("a stream that begins with text", STREAM, vec![text(b"It rains.")]),
    |rng| attack("several starts", STREAM, vec![start(); rng.usize(2..50)]),
    |rng| {
        let parts = (0..rng.usize(2000..4000)).map(|_| text(&[b"rain. \n"[rng.usize(..7)]]));
        attack("thousands of messages", STREAM, [start()].into_iter().chain(parts).collect())
    },
    |rng| {
        let mut attack =
            attack("a request that does not go on", any(rng), vec![frame(0, 100, &noise(rng, 90))]);
        attack.ends = false;
        attack
    },
    |rng| {
        let parts = (0..rng.usize(1..300)).map(|_| message(&noise(rng, 30)));
        attack("noise after the start", STREAM, [start()].into_iter().chain(parts).collect())
    },
];

/// One of all hostile requests.
pub fn choose(rng: &mut Rng) -> Attack {
    let kind = rng.usize(..WIRE.len() + STREAMS.len() + TEXTS.len());
    if let Some(make) = WIRE.iter().chain(&STREAMS).nth(kind) {
        return make(rng);
    }
    let (name, make) = TEXTS[kind - WIRE.len() - STREAMS.len()];
    let text = make(rng);
    let format = rng.i32(0..7);
    match rng.u8(..8) {
        0 => unary(name, DETECT, &DetectLanguageRequest { text }),
        1 => unary(
            name,
            SUMMARIZE,
            &SummarizeRequest {
                text,
                source_language: "en".to_owned(),
                format,
                ..SummarizeRequest::default()
            },
        ),
        2..5 => unary(name, TRANSLATE, &TranslateRequest { format, ..support::request(&text) }),
        _ => {
            let begin = TranslateStreamStart {
                source_language: "en".to_owned(),
                target_language: "ru".to_owned(),
                format,
                ..TranslateStreamStart::default()
            };
            let size = rng.usize(1..30_000).max(text.len() / 100);
            let parts = text.as_bytes().chunks(size).map(self::text);
            attack(name, STREAM, [part(Part::Start(begin))].into_iter().chain(parts).collect())
        }
    }
}

fn attack(name: &'static str, path: &str, body: Vec<Bytes>) -> Attack {
    let headers = [("content-type", "application/grpc"), ("te", "trailers")];
    Attack {
        name,
        method: Method::POST,
        path: path.to_owned(),
        headers: headers.map(|(name, value)| (name, value.to_owned())).into(),
        body,
        ends: true,
    }
}

fn unary(name: &'static str, path: &str, request: &impl Message) -> Attack {
    attack(name, path, vec![message(&request.encode_to_vec())])
}

fn gzip(name: &'static str, path: &str, content: &[u8]) -> Attack {
    with(attack(name, path, vec![frame(1, content.len() as u32, content)]), "grpc-encoding", "gzip")
}

fn with(mut attack: Attack, header: &'static str, value: &str) -> Attack {
    attack.headers.push((header, value.to_owned()));
    attack
}

fn any(rng: &mut Rng) -> &'static str {
    rng.choice(METHODS).expect("there are some")
}

fn noise(rng: &mut Rng, most: usize) -> Vec<u8> {
    (0..rng.usize(1..most)).map(|_| rng.u8(..)).collect()
}

/// The bytes of a message without a fault.
fn valid() -> Vec<u8> {
    support::request("The mayor said on Monday that the bridge would open.").encode_to_vec()
}

fn part(part: Part) -> Bytes {
    message(&TranslateStreamRequest { request: Some(part) }.encode_to_vec())
}

fn start() -> Bytes {
    message(&support::stream_start().encode_to_vec())
}

fn text(bytes: &[u8]) -> Bytes {
    message(&support::stream_text(bytes).encode_to_vec())
}
