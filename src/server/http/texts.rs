//! Translates the texts of a request in the contract of another server.

use std::iter::zip;

use prost::Message;
use tonic::Status;

use super::grpc::Grpc;
use crate::{
    server::batch::MOST_TEXTS,
    wire::proto::{
        TranslateBatchRequest, TranslateRequest, TranslateResponse, translate_batch_result::Result as Outcome,
    },
};

/// The answers for one text or for several, in their order. A text without words is its own translation.
///
/// # Errors
/// The first error of a text: these contracts have one for the whole request.
pub async fn translate(
    grpc: Grpc,
    texts: Vec<String>,
    request: TranslateRequest,
) -> Result<Vec<TranslateResponse>, Status> {
    let mut answers = same(&texts);
    let has_words = |text: &str| text.chars().any(char::is_alphanumeric);
    let (places, requests): (Vec<usize>, Vec<TranslateRequest>) = zip(0.., texts)
        .filter(|(_, text)| has_words(text))
        .map(|(place, text)| (place, TranslateRequest { text, ..request.clone() }))
        .unzip();
    let most = MOST_TEXTS as usize;
    for (places, requests) in zip(places.chunks(most), requests.chunks(most)) {
        let translated = match requests {
            [one] => vec![grpc.clone().translation().translate(one.clone()).await?.into_inner()],
            many => several(grpc.clone(), many.to_vec()).await?,
        };
        for (place, answer) in zip(places, translated) {
            answers[*place] = answer;
        }
    }
    Ok(answers)
}

/// Texts as their own translations.
pub fn same(texts: &[String]) -> Vec<TranslateResponse> {
    let same = |text: &String| TranslateResponse { translation: text.clone(), ..Default::default() };
    texts.iter().map(same).collect()
}

async fn several(grpc: Grpc, requests: Vec<TranslateRequest>) -> Result<Vec<TranslateResponse>, Status> {
    let batch = grpc.translation().translate_batch(TranslateBatchRequest { requests }).await?.into_inner();
    let outcome = |outcome: Option<Outcome>| match outcome {
        Some(Outcome::Response(response)) => Ok(response),
        Some(Outcome::Error(error)) => {
            Err(Status::with_details(error.code.into(), &*error.message, error.encode_to_vec().into()))
        }
        None => Err(Status::internal("a text has no result")),
    };
    batch.results.into_iter().map(|result| outcome(result.result)).collect()
}
