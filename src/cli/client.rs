//! Talking to a server: the stream of a translation, in the terms of the translator, so that the rest of the command does
//! not care where the work is done.

use std::time::Duration;

use futures::{Stream, StreamExt, future, stream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::bytes::Bytes;
use tonic::{
    Streaming,
    transport::{Channel, Endpoint},
};

use super::CliError;
use crate::{
    app::AppError,
    config::EngineArguments,
    hub::AdapterChoice,
    summarize, translate,
    wire::{
        self, AnswerError, Part,
        proto::{
            summarization_service_client::SummarizationServiceClient,
            translation_service_client::TranslationServiceClient,
        },
    },
};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// Connects to a server; `patience` bounds every call.
pub async fn connect(server: &str, patience: Option<Duration>) -> Result<Channel, CliError> {
    let failed = |error| CliError::Connect { server: server.to_owned(), error };
    let mut endpoint = Endpoint::from_shared(server.to_owned()).map_err(failed)?.connect_timeout(CONNECT);
    if let Some(patience) = patience {
        endpoint = endpoint.timeout(patience);
    }
    endpoint.connect().await.map_err(failed)
}

/// The one of a server's models that the arguments name; empty: none is named. Where a variable names several, or adapters, it
/// is the server's own, in whose environment the command was started.
pub fn model(arguments: &EngineArguments) -> Result<String, CliError> {
    let adapters = arguments.adapters.iter().any(|choice| *choice != AdapterChoice::Own);
    if adapters && arguments.typed_adapters() {
        return Err(CliError::ServersAdapter);
    }
    match arguments.named_models() {
        [model] => match model.served_name() {
            name if name.is_empty() => Err(CliError::Nameless(model.to_string())),
            name => Ok(name),
        },
        several if several.is_empty() || !arguments.typed_models() => Ok(String::new()),
        several => Err(AppError::OneModel(several.len()).into()),
    }
}

/// Translates on a server.
pub async fn translate<S>(
    server: &str,
    model: String,
    request: &translate::Request,
    input: S,
) -> Result<impl Stream<Item = Result<translate::Event, CliError>> + use<S>, CliError>
where
    S: Stream<Item = Result<Bytes, CliError>> + Send + 'static,
{
    let (messages, breakage) = messages(wire::translate::start(request, model), input);
    let mut client = TranslationServiceClient::new(connect(server, None).await?);
    Ok(events(client.translate_stream(messages).await?.into_inner(), breakage))
}

/// Summarises on a server.
pub async fn summarize<S>(
    server: &str,
    model: String,
    request: &summarize::Request,
    input: S,
) -> Result<impl Stream<Item = Result<summarize::Event, CliError>> + use<S>, CliError>
where
    S: Stream<Item = Result<Bytes, CliError>> + Send + 'static,
{
    let (messages, breakage) = messages(wire::summarize::start(request, model), input);
    let mut client = SummarizationServiceClient::new(connect(server, None).await?);
    Ok(events(client.summarize_stream(messages).await?.into_inner(), breakage))
}

/// The start and the input as messages. A request cannot carry an error of ours; it comes back on the side.
fn messages<M: From<Part<P>>, P, S>(
    start: P,
    input: S,
) -> (impl Stream<Item = M>, UnboundedReceiver<CliError>)
where
    S: Stream<Item = Result<Bytes, CliError>>,
{
    let (broken, breakage) = unbounded_channel();
    let text = input.scan(broken, |broken, bytes| {
        future::ready(match bytes {
            Ok(bytes) => Some(Part::Text(bytes.to_vec())),
            Err(error) => {
                let _ = broken.send(error);
                None
            }
        })
    });
    (stream::iter([Part::Start(start)]).chain(text).map(M::from), breakage)
}

/// The answers as events, up to an error of the input.
fn events<A, T>(
    answers: Streaming<A>,
    mut breakage: UnboundedReceiver<CliError>,
) -> impl Stream<Item = Result<T, CliError>>
where
    T: TryFrom<A, Error = AnswerError>,
{
    answers.map(move |answer| {
        let answer = answer?;
        match breakage.try_recv() {
            Ok(error) => Err(error),
            Err(_) => Ok(answer.try_into()?),
        }
    })
}
