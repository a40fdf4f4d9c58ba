//! Chooses where texts are translated and summarised: in this process or on a server.

use super::{AppError, load};
use crate::{
    client::{Backend, Remote, Server},
    config::EngineArguments,
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
