//! Translates the texts of a request in the contract of another server.

use std::iter::zip;

use tonic::{Response, Status};
use tonic_types::StatusExt;

use super::grpc::Grpc;
use crate::{
    server::batch::MOST_TEXTS,
    text::{candidates, detect},
    wire::{
        self, FieldError,
        proto::{
            DetectLanguageResponse, ListLanguagePairsRequest, TranslateBatchRequest, TranslateRequest,
            TranslateResponse, translate_batch_result::Result as Outcome,
        },
    },
};

/// Most texts in a request. What comes back for each takes memory, too.
const MOST: usize = 8 * MOST_TEXTS as usize;

/// The answers for one text or for several, in their order. A text without words is its own translation, and so is one that is in the target
/// language already.
///
/// # Errors
/// The first error of a text: these contracts have one for the whole request.
pub async fn translate(
    grpc: Grpc,
    texts: Vec<String>,
    request: TranslateRequest,
) -> Result<Vec<TranslateResponse>, Status> {
    if texts.len() > MOST {
        let problem = format!("there are {} texts, more than the limit of {MOST}", texts.len());
        return Err(FieldError::new("text", problem).into());
    }
    let is_same = request.source_language == request.target_language;
    let is_translatable = |text: &String| !is_same && text.chars().any(char::is_alphanumeric);
    if !texts.iter().any(is_translatable) {
        // There is nothing to translate. A call says whether the caller may have an answer at all.
        grpc.clone().translation().list_language_pairs(ListLanguagePairsRequest {}).await?;
    }
    let mut answers: Vec<TranslateResponse> = texts.into_iter().map(same).collect();
    let places: Vec<usize> =
        (0..answers.len()).filter(|at| is_translatable(&answers[*at].translation)).collect();
    for places in places.chunks(MOST_TEXTS as usize) {
        let request =
            |at: &usize| TranslateRequest { text: answers[*at].translation.clone(), ..request.clone() };
        let requests: Vec<TranslateRequest> = places.iter().map(request).collect();
        for (at, translated) in zip(places, several(grpc.clone(), requests).await?) {
            match translated {
                Ok(answer) => answers[*at] = answer,
                Err(status) if is_translated(&status) => {
                    let text = &answers[*at].translation;
                    let found = DetectLanguageResponse::from((detect(text), candidates(text)));
                    answers[*at].detected_language = found.detected_language;
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

/// A text as its own translation.
fn same(text: String) -> TranslateResponse {
    TranslateResponse { translation: text, ..Default::default() }
}

async fn several(
    grpc: Grpc,
    requests: Vec<TranslateRequest>,
) -> Result<Vec<Result<TranslateResponse, Status>>, Status> {
    if let [one] = &requests[..] {
        return Ok(vec![grpc.translation().translate(one.clone()).await.map(Response::into_inner)]);
    }
    let batch = grpc.translation().translate_batch(TranslateBatchRequest { requests }).await?.into_inner();
    let outcome = |outcome: Option<Outcome>| match outcome {
        Some(Outcome::Response(response)) => Ok(response),
        Some(Outcome::Error(error)) => Err(wire::translate::status(&error)),
        None => Err(Status::internal("a text has no result")),
    };
    Ok(batch.results.into_iter().map(|result| outcome(result.result)).collect())
}
