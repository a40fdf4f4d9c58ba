//! A stream of articles. Each fails on its own, and what fails all of them ends the stream.

use std::{collections::HashMap, sync::Arc};

use futures::StreamExt;
use prost::Message as _;
use tonic::{Extensions, Request, Status, Streaming};

use super::{
    Service,
    calls::{self, Share},
    error::ServiceError,
    inbound::{self, Answers, Opened, START},
    keys,
};
use crate::{
    article::{self, Article, Job, Outcome},
    engine::Arrival,
    lang::Language,
    translate::Translator,
    wire::{
        self, FieldError,
        proto::{self, TranslateArticlesRequest, TranslateArticlesResponse, TranslateArticlesStart},
    },
};

/// An article that arrived.
struct Arrived {
    id: String,
    metadata: HashMap<String, String>,
    /// Length of its texts.
    bytes: usize,
    article: Result<Article, Status>,
    _held: Share,
}

impl Service {
    /// Answers the stream.
    ///
    /// # Errors
    /// When the start is missing or not valid.
    pub(super) async fn articles(
        &self,
        request: Request<Streaming<TranslateArticlesRequest>>,
    ) -> Result<Answers<TranslateArticlesResponse>, ServiceError> {
        let (_, extensions, messages) = request.into_parts();
        let opened = inbound::begin(messages, wire::articles::part, "article", self.limits.idle).await?;
        let Opened { start, bounds, next } = opened;
        let below = |error: FieldError| error.below(START);
        let request = wire::articles::request(&start).map_err(below)?;
        let translators = Arc::new(self.translators(&extensions, &start, &request)?);
        let service = self.clone();
        let extensions = Arc::new(extensions);
        let arrived = next.then(move |article| {
            let (service, extensions) = (service.clone(), extensions.clone());
            async move { service.arrived(&extensions, article?).await }
        });
        let (targets, ordered) = (request.targets.clone(), request.ordered);
        let (request, working) = (Arc::new(request), bounds.clone());
        let work = move |Job { article, index, target }: Job<Arrived>| {
            let (translators, request, bounds) = (translators.clone(), request.clone(), working.clone());
            async move {
                let Arrived { id, metadata, article, .. } = &*article;
                let result = match (article, translators.get(&target)) {
                    (Ok(article), Some(translator)) => {
                        let translated = bounds.work(request.translate(translator, article, target)).await;
                        translated.map_err(|error| ServiceError::from(error).into())
                    }
                    (Err(status), _) => Err(status.clone()),
                    (_, None) => Err(ServiceError::Lost.into()),
                };
                wire::articles::answer(Outcome { id: id.clone(), index, target, result }, metadata.clone())
            }
        };
        Ok(bounds.hold(article::each(arrived, |article| article.bytes, targets, ordered, work)))
    }

    /// A translator for each language, which knows that its texts are a stream.
    fn translators(
        &self,
        extensions: &Extensions,
        start: &TranslateArticlesStart,
        request: &article::Request,
    ) -> Result<HashMap<Language, Translator>, ServiceError> {
        let model = start.options.as_ref().map_or("", |options| &options.model);
        let translator = self.models(Translator::only, "options.model", model);
        let translator = translator.map_err(|error| error.below(START))?;
        let arrival = Arrival::stream(calls::caller(extensions));
        let source = request.options.source;
        let admitted = request.targets.iter().map(|&target| {
            if let Some(source) = source.filter(|source| *source != target) {
                let hops = translator.hops(source, target);
                hops.map_err(|error| ServiceError::Translate { path: START, error })?;
            }
            Ok((target, translator.admit(source, target, &arrival)?))
        });
        admitted.collect()
    }

    /// Checks an article. What is wrong with it is its own answer.
    async fn arrived(
        &self,
        extensions: &Extensions,
        message: proto::Article,
    ) -> Result<Arrived, ServiceError> {
        let article = wire::articles::article(&message).map_err(ServiceError::from).and_then(|article| {
            let (bytes, most) = (article.texts.bytes(), self.limits.max_text_bytes);
            if bytes > most {
                let problem = format!("its texts have {bytes} bytes, more than the limit of {most}");
                return Err(FieldError::new("body", problem).into());
            }
            article.texts.iter().try_for_each(|text| keys::count_chars(extensions, text.text.as_bytes()))?;
            Ok(article)
        });
        let bytes = article.as_ref().map_or(0, |article| article.texts.bytes());
        let held = calls::memory(extensions)?.hold(message.encoded_len()).await?;
        let proto::Article { id, metadata, .. } = message;
        Ok(Arrived { id, metadata, bytes, article: article.map_err(Status::from), _held: held })
    }
}
