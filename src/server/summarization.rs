//! `triglot.v1.SummarizationService`.

use tonic::{Request, Response, Status, Streaming};

use super::{
    Service, calls,
    error::ServiceError,
    inbound::{self, Answers, Opened, START},
    keys,
};
use crate::{
    engine::Arrival,
    summarize::{self, Summarizer},
    translate::Translator,
    wire::{
        self, FieldError,
        proto::{
            SummarizeRequest, SummarizeResponse, SummarizeStreamRequest, SummarizeStreamResponse,
            SummarizeStreamStart, summarization_service_server::SummarizationService,
        },
    },
};

impl Service {
    /// The summariser and the request, from a message at `path`. The named model does what it can, other models the rest.
    fn summary(
        &self,
        path: &'static str,
        start: &SummarizeStreamStart,
    ) -> Result<(Summarizer, summarize::Request), ServiceError> {
        let below = |error: FieldError| error.below(path);
        let translator = self.models(Translator::preferring, "model", &start.model).map_err(below)?;
        let request = wire::summarize::request(start).map_err(below)?;
        Ok((Summarizer::new(Some(translator)), request))
    }
}

#[tonic::async_trait]
impl SummarizationService for Service {
    async fn summarize(
        &self,
        request: Request<SummarizeRequest>,
    ) -> Result<Response<SummarizeResponse>, Status> {
        let (_, extensions, message) = request.into_parts();
        let (start, text) = wire::summarize::parts(message);
        let (summarizer, request) = self.summary("", &start)?;
        self.check_text(&text)?;
        let arrival = self.arrival(&extensions, text.chars().count());
        let summarizer = summarizer.admit(&request, &arrival).map_err(ServiceError::from)?;
        keys::count_chars(&extensions, text.as_bytes())?;
        let summary = summarizer.text(request, text).await.map_err(ServiceError::from)?;
        Ok(Response::new(SummarizeResponse { summary: Some(summary.into()) }))
    }

    type SummarizeStreamStream = Answers<SummarizeStreamResponse>;

    async fn summarize_stream(
        &self,
        request: Request<Streaming<SummarizeStreamRequest>>,
    ) -> Result<Response<Self::SummarizeStreamStream>, Status> {
        let caller = calls::caller(request.extensions());
        let Opened { start, bounds, next: text } =
            inbound::open(request, wire::summarize::part, self.limits.idle).await?;
        let (summarizer, request) = self.summary(START, &start)?;
        let summarizer = summarizer.admit(&request, &Arrival::stream(caller)).map_err(ServiceError::from)?;
        Ok(Response::new(bounds.hold(summarizer.stream(request, text))))
    }
}
