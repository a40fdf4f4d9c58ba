//! `triglot.v1.SummarizationService`.

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
    proto::{
        SummarizeProgress, SummarizeRequest, SummarizeResponse, SummarizeStreamRequest,
        SummarizeStreamResponse, summarization_service_server::SummarizationService,
        summarize_stream_request::Request as Message, summarize_stream_response::Response as Answer,
    },
    summarize::{Event, Summarizer},
    translate::{TranslateError, Translator},
};

pub(super) struct Summarization {
    pub translator: watch::Receiver<Translator>,
    pub limits: Arc<Limits>,
}

#[tonic::async_trait]
impl SummarizationService for Summarization {
    async fn summarize(
        &self,
        request: Request<SummarizeRequest>,
    ) -> Result<Response<SummarizeResponse>, Status> {
        let SummarizeRequest { text, source_language, target_language, length, model, style } =
            request.into_inner();
        let translator = convert::preferring(&self.translator.borrow(), "model", &model)?;
        let summarizer = Summarizer::new(Some(translator));
        let request = convert::summary_request("", &source_language, &target_language, length, style)?;
        check_text(&self.limits, &text)?;
        summarizer.admit(&request).map_err(TranslateError::from).map_err(ServiceError::from)?;
        let summary = summarizer.text(request, text).await.map_err(ServiceError::from)?;
        Ok(Response::new(SummarizeResponse { summary: Some(summary.into()) }))
    }

    type SummarizeStreamStream = Pin<Box<dyn Stream<Item = Result<SummarizeStreamResponse, Status>> + Send>>;

    async fn summarize_stream(
        &self,
        request: Request<Streaming<SummarizeStreamRequest>>,
    ) -> Result<Response<Self::SummarizeStreamStream>, Status> {
        let part = |message: SummarizeStreamRequest| {
            Some(match message.request? {
                Message::Start(start) => Part::Start(start),
                Message::Text(bytes) => Part::Text(bytes),
            })
        };
        let (start, bounds, text) = inbound::open(request, part, self.limits.idle).await?;
        let translator = convert::preferring(&self.translator.borrow(), "start.model", &start.model)?;
        let summarizer = Summarizer::new(Some(translator));
        let request = convert::summary_request(
            START,
            &start.source_language,
            &start.target_language,
            start.length,
            start.style,
        )?;
        summarizer.admit(&request).map_err(TranslateError::from).map_err(ServiceError::from)?;
        let events = summarizer.stream(request, text);
        let answers = events.map(|event| match event {
            Ok(event) => Ok(SummarizeStreamResponse { response: Some(answer(event)) }),
            Err(error) => Err(error.below(START).into()),
        });
        Ok(Response::new(Box::pin(bounds.hold(answers))))
    }
}

fn answer(event: Event) -> Answer {
    match event {
        Event::Progress { source_bytes, sentences, provisional } => Answer::Progress(SummarizeProgress {
            source_bytes,
            sentences_read: sentences,
            provisional_summary: provisional,
        }),
        Event::Done(summary) => Answer::Summary(summary.into()),
    }
}
