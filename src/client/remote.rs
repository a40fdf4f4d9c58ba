//! Translates and summarises on a server, with the requests and events of the local translator and summariser.

use futures::{Stream, StreamExt, stream};
use tokio_util::bytes::Bytes;

use super::{ClientError, Connection, Server, resume};
use crate::{
    summarize, translate,
    wire::{self, Part, proto::summarization_service_client::SummarizationServiceClient},
};

/// A connection to a server, and the model to use there. All calls share the connection.
pub struct Remote {
    pub(super) connection: Connection,
    pub(super) model: String,
}

impl Remote {
    /// Connects to a server. With an empty name, the server chooses the model.
    pub async fn connect(server: &Server, model: String) -> Result<Self, ClientError> {
        Ok(Self { connection: server.connect(None).await?, model })
    }

    /// Translates on the server.
    pub(super) fn translate<S: Stream<Item = Bytes> + Send + 'static>(
        &self,
        request: &translate::Request,
        input: S,
    ) -> impl Stream<Item = Result<translate::Event, ClientError>> + use<S> {
        let start = wire::translate::start(request, self.model.clone());
        resume::translate(self.connection.clone(), start, input)
    }

    /// Summarises on the server.
    pub(super) async fn summarize<S: Stream<Item = Bytes> + Send + 'static>(
        &self,
        request: &summarize::Request,
        input: S,
    ) -> Result<impl Stream<Item = Result<summarize::Event, ClientError>> + use<S>, ClientError> {
        let messages = messages(wire::summarize::start(request, self.model.clone()), input);
        let mut client = SummarizationServiceClient::new(self.connection.clone());
        let answers = client.summarize_stream(messages).await?.into_inner();
        Ok(answers.map(|answer| Ok(answer?.try_into()?)))
    }
}

/// The messages of a call: the request first, then the text.
pub(super) fn messages<M: From<Part<P>>, P>(
    start: P,
    text: impl Stream<Item = Bytes>,
) -> impl Stream<Item = M> {
    let text = text.map(|bytes| M::from(Part::Next(bytes.to_vec())));
    stream::iter([M::from(Part::Start(start))]).chain(text)
}
