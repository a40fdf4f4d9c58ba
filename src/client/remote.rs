//! A server that translates and summarises, in the terms of the translator and the summariser.

use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use tokio_util::bytes::Bytes;
use tonic::transport::{Channel, Endpoint};

use super::ClientError;
use crate::{
    summarize, translate,
    wire::{
        self, Part,
        proto::{
            summarization_service_client::SummarizationServiceClient,
            translation_service_client::TranslationServiceClient,
        },
    },
};

/// Longest time that a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Connects to a server. Each call ends after `timeout`, if one is given.
pub async fn connect(server: &str, timeout: Option<Duration>) -> Result<Channel, ClientError> {
    let failed = |error| ClientError::Connect { server: server.to_owned(), error };
    let mut endpoint = Endpoint::from_shared(server.to_owned()).map_err(failed)?.connect_timeout(CONNECT);
    if let Some(timeout) = timeout {
        endpoint = endpoint.timeout(timeout);
    }
    endpoint.connect().await.map_err(failed)
}

/// A connection to a server, and which of its models to use. All calls share the connection.
pub struct Remote {
    channel: Channel,
    model: String,
}

impl Remote {
    /// Connects to a server. With an empty name, the server chooses the model.
    pub async fn connect(server: &str, model: String) -> Result<Self, ClientError> {
        Ok(Self { channel: connect(server, None).await?, model })
    }

    /// Translates on the server.
    pub(super) async fn translate<S: Stream<Item = Bytes> + Send + 'static>(
        &self,
        request: &translate::Request,
        input: S,
    ) -> Result<impl Stream<Item = Result<translate::Event, ClientError>> + use<S>, ClientError> {
        let messages = messages(wire::translate::start(request, self.model.clone()), input);
        let mut client = TranslationServiceClient::new(self.channel.clone());
        let answers = client.translate_stream(messages).await?.into_inner();
        Ok(answers.map(|answer| Ok(answer?.try_into()?)))
    }

    /// Summarises on the server.
    pub(super) async fn summarize<S: Stream<Item = Bytes> + Send + 'static>(
        &self,
        request: &summarize::Request,
        input: S,
    ) -> Result<impl Stream<Item = Result<summarize::Event, ClientError>> + use<S>, ClientError> {
        let messages = messages(wire::summarize::start(request, self.model.clone()), input);
        let mut client = SummarizationServiceClient::new(self.channel.clone());
        let answers = client.summarize_stream(messages).await?.into_inner();
        Ok(answers.map(|answer| Ok(answer?.try_into()?)))
    }
}

/// The start of a stream and the text after it.
fn messages<M: From<Part<P>>, P>(start: P, text: impl Stream<Item = Bytes>) -> impl Stream<Item = M> {
    let text = text.map(|bytes| M::from(Part::Text(bytes.to_vec())));
    stream::iter([M::from(Part::Start(start))]).chain(text)
}
