//! `triglot.v1.TranslationService`.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt};
use tokio::sync::watch;
use tonic::{Request, Response, Status, Streaming};

use super::{
    Limits, START, check_text, convert,
    error::ServiceError,
    inbound::{self, Part},
};
use crate::{
    engine::Priority,
    proto::{
        self, DetectLanguageRequest, DetectLanguageResponse, ListLanguagePairsRequest,
        ListLanguagePairsResponse, TranslateRequest, TranslateResponse, TranslateStreamRequest,
        TranslateStreamResponse, detect_language_response::Outcome,
        translate_stream_request::Request as Message, translate_stream_response::Response as Answer,
        translation_service_server::TranslationService,
    },
    text::{Detection, detect},
    translate::{self, Event, Totals, TranslateError, Translator},
};

pub(super) struct Translation {
    pub translator: watch::Receiver<Translator>,
    pub limits: Arc<Limits>,
}

#[tonic::async_trait]
impl TranslationService for Translation {
    async fn translate(
        &self,
        request: Request<TranslateRequest>,
    ) -> Result<Response<TranslateResponse>, Status> {
        let TranslateRequest { text, source_language, target_language, options } = request.into_inner();
        let (translator, request) =
            convert::request(&self.translator.borrow(), "", &source_language, &target_language, options)?;
        let request = translate::Request { priority: Priority::Interactive, ..request };
        check_text(&self.limits, &text)?;
        translator
            .admit(request.source, request.target)
            .map_err(TranslateError::from)
            .map_err(ServiceError::from)?;
        let translation = translator.text(request, text).await.map_err(ServiceError::from)?;
        Ok(Response::new(TranslateResponse {
            translation: translation.text,
            detected_language: translation.totals.detected.map(Into::into),
            segments: translation.segments.into_iter().map(Into::into).collect(),
            model: convert::model_name(&translation.totals.route),
            usage: Some(translation.totals.usage.into()),
            route: translation.totals.route.into_iter().map(Into::into).collect(),
        }))
    }

    type TranslateStreamStream = Pin<Box<dyn Stream<Item = Result<TranslateStreamResponse, Status>> + Send>>;

    async fn translate_stream(
        &self,
        request: Request<Streaming<TranslateStreamRequest>>,
    ) -> Result<Response<Self::TranslateStreamStream>, Status> {
        let part = |message: TranslateStreamRequest| {
            Some(match message.request? {
                Message::Start(start) => Part::Start(start),
                Message::Text(bytes) => Part::Text(bytes),
            })
        };
        let (start, bounds, text) = inbound::open(request, part, self.limits.idle).await?;
        let (translator, request) = convert::request(
            &self.translator.borrow(),
            START,
            &start.source_language,
            &start.target_language,
            start.options,
        )?;
        translator
            .admit(request.source, request.target)
            .map_err(TranslateError::from)
            .map_err(ServiceError::from)?;
        let answers = translator.stream(request, text).map(|event| match event {
            Ok(event) => Ok(answer(event)),
            Err(error) => Err(error.below(START).into()),
        });
        Ok(Response::new(Box::pin(bounds.hold(answers))))
    }

    async fn detect_language(
        &self,
        request: Request<DetectLanguageRequest>,
    ) -> Result<Response<DetectLanguageResponse>, Status> {
        let text = request.into_inner().text;
        check_text(&self.limits, &text)?;
        let (outcome, detected_language) = match detect(&text) {
            Detection::Known { language, confidence } => {
                (Outcome::Known, Some((language, confidence).into()))
            }
            Detection::Foreign => (Outcome::Foreign, None),
            Detection::Unknown => (Outcome::Unknown, None),
        };
        Ok(Response::new(DetectLanguageResponse { outcome: outcome.into(), detected_language }))
    }

    async fn list_language_pairs(
        &self,
        _request: Request<ListLanguagePairsRequest>,
    ) -> Result<Response<ListLanguagePairsResponse>, Status> {
        let pairs = self.translator.borrow().pairs().into_iter().map(Into::into).collect();
        Ok(Response::new(ListLanguagePairsResponse { pairs }))
    }
}

fn answer(event: Event) -> TranslateStreamResponse {
    let answer = match event {
        Event::Piece(piece) => {
            Answer::Piece(proto::TranslatedPiece { text: piece.text, segment: piece.segment.map(Into::into) })
        }
        Event::Done(Totals {
            detected,
            route,
            segments,
            segments_with_warnings,
            source_bytes,
            target_bytes,
            usage,
        }) => Answer::Summary(proto::TranslateStreamSummary {
            detected_language: detected.map(Into::into),
            segments,
            segments_with_warnings,
            source_bytes,
            target_bytes,
            model: convert::model_name(&route),
            usage: Some(usage.into()),
            route: route.into_iter().map(Into::into).collect(),
        }),
    };
    TranslateStreamResponse { response: Some(answer) }
}
