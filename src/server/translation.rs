//! `triglot.v1.TranslationService`.

use tonic::{Request, Response, Status, Streaming};

use super::{
    Service,
    batch::Ready,
    calls,
    error::ServiceError,
    inbound::{self, Answers, Opened, START},
    keys,
};
use crate::{
    engine::Arrival,
    text::{candidates, detect},
    translate::{self, Translator},
    wire::{
        self, FieldError,
        proto::{
            DetectLanguageRequest, DetectLanguageResponse, ListLanguagePairsRequest,
            ListLanguagePairsResponse, TranslateArticlesRequest, TranslateArticlesResponse,
            TranslateBatchRequest, TranslateBatchResponse, TranslateRequest, TranslateResponse,
            TranslateStreamRequest, TranslateStreamResponse, TranslateStreamStart,
            translation_service_server::TranslationService,
        },
    },
};

impl Service {
    /// The translator and the request, from a message at `path`.
    pub(super) fn translation(
        &self,
        path: &'static str,
        start: &TranslateStreamStart,
    ) -> Result<(Translator, translate::Request), ServiceError> {
        let below = |error: FieldError| error.below(path);
        let model = start.options.as_ref().map_or("", |options| &options.model);
        let translator = self.models(Translator::only, "options.model", model).map_err(below)?;
        let request = wire::translate::request(start).map_err(below)?;
        if let Some(source) = request.source {
            let hops = translator.hops(source, request.target);
            hops.map_err(|error| ServiceError::Translate { path, error })?;
        }
        Ok((translator, request))
    }
}

#[tonic::async_trait]
impl TranslationService for Service {
    async fn translate(
        &self,
        request: Request<TranslateRequest>,
    ) -> Result<Response<TranslateResponse>, Status> {
        let (_, extensions, message) = request.into_parts();
        let Ready { translator, request, text, .. } = self.ready(message)?;
        let arrival = self.arrival(&extensions, text.chars().count());
        let translator =
            translator.admit(request.source, request.target, &arrival).map_err(ServiceError::from)?;
        keys::count_chars(&extensions, text.as_bytes())?;
        let translation = translator.text(request, text).await.map_err(ServiceError::from)?;
        Ok(Response::new(translation.into()))
    }

    async fn translate_batch(
        &self,
        request: Request<TranslateBatchRequest>,
    ) -> Result<Response<TranslateBatchResponse>, Status> {
        let (_, extensions, TranslateBatchRequest { requests }) = request.into_parts();
        let results = self.batch(&extensions, requests).await?;
        Ok(Response::new(TranslateBatchResponse { results: results.into_iter().map(Into::into).collect() }))
    }

    type TranslateStreamStream = Answers<TranslateStreamResponse>;

    async fn translate_stream(
        &self,
        request: Request<Streaming<TranslateStreamRequest>>,
    ) -> Result<Response<Self::TranslateStreamStream>, Status> {
        let caller = calls::caller(request.extensions());
        let Opened { start, bounds, next: text } =
            inbound::open(request, wire::translate::part, self.limits.idle).await?;
        let (translator, request) = self.translation(START, &start)?;
        let translator = translator
            .admit(request.source, request.target, &Arrival::stream(caller))
            .map_err(ServiceError::from)?;
        Ok(Response::new(bounds.hold(translator.stream(request, text))))
    }

    type TranslateArticlesStream = Answers<TranslateArticlesResponse>;

    async fn translate_articles(
        &self,
        request: Request<Streaming<TranslateArticlesRequest>>,
    ) -> Result<Response<Self::TranslateArticlesStream>, Status> {
        Ok(Response::new(self.articles(request).await?))
    }

    async fn detect_language(
        &self,
        request: Request<DetectLanguageRequest>,
    ) -> Result<Response<DetectLanguageResponse>, Status> {
        let text = request.into_inner().text;
        self.check_text(&text)?;
        Ok(Response::new((detect(&text), candidates(&text)).into()))
    }

    async fn list_language_pairs(
        &self,
        _request: Request<ListLanguagePairsRequest>,
    ) -> Result<Response<ListLanguagePairsResponse>, Status> {
        let pairs = self.translator.borrow().pairs().into_iter().map(Into::into).collect();
        Ok(Response::new(ListLanguagePairsResponse { pairs }))
    }
}
