//! A backend passes an error of its input on as it is, in this process and at a server.

use std::io;

use futures::{TryStreamExt, stream};
use tokio_util::bytes::Bytes;
use triglot::{
    client::{Backend, ClientError, Remote},
    engine::LoadedModel,
    lang::Language,
    translate::{Event, Request},
};

use crate::support::{self, process};

/// The errors of a feed.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error(transparent)]
    Input(#[from] io::Error),
    #[error(transparent)]
    Client(#[from] ClientError),
}

async fn translate(backend: &Backend, input: Vec<io::Result<Bytes>>) -> Result<Vec<Event>, FeedError> {
    let request = Request::new(Some(Language::English), Language::French);
    let input = stream::iter(input).map_err(FeedError::from);
    backend.translate(request, input).await?.try_collect().await
}

#[tokio::test]
async fn an_error_of_the_input_ends_the_events() {
    let (mut server, address) = process::server();
    let remote = Remote::connect(&address.as_str().into(), String::new()).await.expect("the server answers");
    let local = support::translator(LoadedModel::copy());
    let text = || Ok(Bytes::from("All is well. "));
    for backend in [Backend::Local(Some(local)), Backend::Remote(remote)] {
        let whole = translate(&backend, vec![text(), text()]).await.expect("it is translated");
        assert!(matches!(whole.last(), Some(Event::Done(totals)) if totals.segments == 2), "{whole:?}");
        for before in [None, Some(text())] {
            let broken = before.into_iter().chain([Err(io::Error::other("the source broke off"))]).collect();
            let events = translate(&backend, broken).await;
            assert!(matches!(events, Err(FeedError::Input(_))), "{events:?}");
        }
    }
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}
