//! Chooses where texts and articles are translated and summarised: in this process or on a server.

use futures::future::try_join_all;

use super::{AppError, load};
use crate::{
    client::{Articles, Backend, ClientError, Remote, Server},
    config::EngineArguments,
    engine::Engine,
    queue::{Queue, QueueOptions},
};

/// Connects to the server if there is one. Otherwise loads the models, unless no request will need one.
pub async fn backend(
    arguments: &EngineArguments,
    server: Option<&Server>,
    needs_model: bool,
) -> Result<Backend, AppError> {
    Ok(match server {
        Some(server) => Backend::Remote(Remote::connect(server, served_model(arguments)?).await?),
        None if needs_model => Backend::Local(Some(load(arguments).await?)),
        None => Backend::Local(None),
    })
}

/// Connects to the queue or the servers if there are any. Otherwise loads the models. The second value names the models, so that results of other
/// ones can be told apart; on servers, it is the name that they are asked for.
pub async fn articles(
    arguments: &EngineArguments,
    servers: &[Server],
    queue: Option<&QueueOptions>,
) -> Result<(Articles, String), AppError> {
    if let Some(options) = queue {
        let model = served_model(arguments)?;
        let queue = Queue::connect(options).await.map_err(ClientError::from)?;
        return Ok((Articles::Queue(queue, model.clone()), model));
    }
    if servers.is_empty() {
        let translator = load(arguments).await?;
        let models = translator.engines().iter().map(identity).collect::<Vec<_>>().join(",");
        return Ok((Articles::Local(translator), models));
    }
    let model = served_model(arguments)?;
    let connect = |server| Remote::connect(server, model.clone());
    Ok((Articles::Remote(try_join_all(servers.iter().map(connect)).await?), model))
}

/// The name of a model, and the digests of its files.
fn identity(engine: &Engine) -> String {
    let model = engine.model();
    let adapter = model.adapter.as_ref().map_or("", |adapter| &adapter.sha256);
    format!("{}:{}:{adapter}", model.name, model.sha256)
}

/// The server's name of the model in the arguments; empty if the server should choose. Environment variables may be meant for
/// the server itself. So several models or adapters from variables are ignored.
fn served_model(arguments: &EngineArguments) -> Result<String, AppError> {
    if arguments.names_adapters() && arguments.typed_adapters() {
        return Err(AppError::ServersAdapter);
    }
    match arguments.named_models() {
        [model] => match model.served_name() {
            name if name.is_empty() => Err(AppError::Nameless(model.to_string())),
            name => Ok(name),
        },
        several if several.is_empty() || !arguments.typed_models() => Ok(String::new()),
        several => Err(AppError::OneModel(several.len())),
    }
}
