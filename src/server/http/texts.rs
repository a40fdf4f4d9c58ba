//! Translates the texts of a request in the contract of another server.

use std::iter::zip;

use prost::Message;
use tonic::{Response, Status};
use tonic_types::StatusExt;

use super::grpc::Grpc;
use crate::{
    server::batch::MOST_TEXTS,
    wire::proto::{
        DetectLanguageRequest, DetectedLanguage, TranslateBatchRequest, TranslateRequest, TranslateResponse,
        translate_batch_result::Result as Outcome,
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
            [one] => vec![grpc.clone().translation().translate(one.clone()).await.map(Response::into_inner)],
            many => several(grpc.clone(), many.to_vec()).await?,
        };
        for ((place, request), translated) in zip(zip(places, requests), translated) {
            match translated {
                Ok(answer) => answers[*place] = answer,
                Err(status) if is_translated(&status) => {
                    answers[*place].detected_language = detected(grpc.clone(), request).await?;
                }
                Err(status) => return Err(status),
            }
        }
    }
    Ok(answers)
}

/// Whether the text is already in the target language, which is no error in these contracts.
fn is_translated(status: &Status) -> bool {
    status.get_details_error_info().is_some_and(|info| info.reason == "SAME_LANGUAGE")
}

async fn detected(grpc: Grpc, request: &TranslateRequest) -> Result<Option<DetectedLanguage>, Status> {
    let request = DetectLanguageRequest { text: request.text.clone() };
    Ok(grpc.translation().detect_language(request).await?.into_inner().detected_language)
}

/// Texts as their own translations.
pub fn same(texts: &[String]) -> Vec<TranslateResponse> {
    let same = |text: &String| TranslateResponse { translation: text.clone(), ..Default::default() };
    texts.iter().map(same).collect()
}

async fn several(
    grpc: Grpc,
    requests: Vec<TranslateRequest>,
) -> Result<Vec<Result<TranslateResponse, Status>>, Status> {
    let batch = grpc.translation().translate_batch(TranslateBatchRequest { requests }).await?.into_inner();
    let outcome = |outcome: Option<Outcome>| match outcome {
        Some(Outcome::Response(response)) => Ok(response),
        Some(Outcome::Error(error)) => {
            Err(Status::with_details(error.code.into(), &*error.message, error.encode_to_vec().into()))
        }
        None => Err(Status::internal("a text has no result")),
    };
    Ok(batch.results.into_iter().map(|result| outcome(result.result)).collect())
}
