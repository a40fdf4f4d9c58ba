//! Articles on servers. Each server takes the next article when it has room for one, so the fastest server gets most of them. When a
//! stream breaks, the articles without an answer wait for the next one, of the same server or of another.

use std::sync::Arc;

use async_stream::try_stream;
use futures::{
    Stream, StreamExt,
    stream::{once, select_all},
};
use tokio::time::sleep;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use self::pool::{Pool, Sent};
use super::{
    ClientError, Connection, Remote,
    resume::{TRIES, is_cut, wait},
};
use crate::{
    article::{Article, Outcome, Request},
    wire::{
        self, Part,
        proto::{
            TranslateArticlesRequest, TranslateArticlesStart,
            translation_service_client::TranslationServiceClient,
        },
    },
};

mod pool;

/// Largest answer, in bytes: a long article with all that is told of its segments.
const ANSWER_BYTES: usize = 64 << 20;

/// Translates the articles on all servers. The outcomes come as they are ready, and their indices are places among `articles`. It
/// fails when the last server does.
pub(super) fn translate<S: Stream<Item = Article> + Send + 'static>(
    servers: &[Remote],
    request: &Request,
    articles: S,
) -> impl Stream<Item = Result<Outcome<ClientError>, ClientError>> + use<S> {
    let pool = Arc::new(Pool::new(articles, servers.len(), request.targets.clone()));
    let run = |server: &Remote| {
        let client = TranslationServiceClient::new(server.connection.clone());
        let start = wire::articles::start(request, server.model.clone());
        run(client.max_decoding_message_size(ANSWER_BYTES), start, pool.clone()).boxed()
    };
    select_all(servers.iter().map(run).collect::<Vec<_>>())
}

/// The articles that one server takes, in one stream after another.
fn run(
    mut client: TranslationServiceClient<Connection>,
    start: TranslateArticlesStart,
    pool: Arc<Pool>,
) -> impl Stream<Item = Result<Outcome<ClientError>, ClientError>> {
    try_stream! {
        let mut tries = 0;
        while pool.has_next().await {
            let sent = Sent::new(pool.clone());
            let broken = match client.translate_articles(requests(start.clone(), sent.clone())).await {
                Err(status) => Some(status),
                Ok(answers) => {
                    let mut answers = answers.into_inner();
                    loop {
                        match answers.message().await {
                            Err(status) => break Some(status),
                            Ok(None) => break None,
                            Ok(Some(answer)) => {
                                let outcome = Outcome::<Status>::try_from(answer)?;
                                // An answer to nothing, or a second one, is the server's fault and does no harm.
                                let Some(index) = sent.answered(outcome.index, outcome.target) else { continue };
                                tries = 0;
                                yield Outcome { index, ..outcome }.map_err(ClientError::from);
                            }
                        }
                    }
                }
            };
            if let Some(status) = broken.as_ref().filter(|status| status.code() == Code::OutOfRange)
                && let Some((id, index, missing)) = sent.refused()
            {
                for target in missing {
                    yield Outcome { id: id.clone(), index, target, result: Err(status.clone().into()) };
                }
                continue;
            }
            let waited = sent.close() == 0;
            let broken = match broken {
                None if waited => continue,
                None => Status::unavailable("the server ended the stream without its last answers"),
                Some(status) => status,
            };
            match broken.code() {
                // There was nothing to send for as long as the server waits.
                Code::DeadlineExceeded if waited && tries == 0 => {}
                _ if (is_cut(&broken) || broken.get_details_retry_info().is_some()) && tries < TRIES => {
                    tracing::warn!(cause = broken.message(), "a stream of articles broke; its unfinished articles are sent again");
                    sleep(wait(tries)).await;
                    tries += 1;
                }
                _ if pool.leave() => {
                    Err(broken)?;
                }
                _ => {
                    tracing::error!(cause = broken.message(), "a server is given up; the other ones go on");
                    return;
                }
            }
        }
    }
}

/// The messages of a stream, which takes articles as it has room for them.
fn requests(start: TranslateArticlesStart, sent: Arc<Sent>) -> impl Stream<Item = TranslateArticlesRequest> {
    let articles = sent.articles().map(|article| Part::Next(article.into()));
    once(async { Part::Start(start) }).chain(articles).map(Into::into)
}
