//! The key that a client shows to a server.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

use super::ClientError;

/// A connection whose calls show the key, if there is one.
pub type Connection = InterceptedService<Channel, Bearer>;

/// Where a key is. Not the key itself, so that it cannot be printed by accident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The first line of a file.
    File(PathBuf),
    /// [`Self::VARIABLE`].
    Environment,
}

impl KeySource {
    /// The variable with a key. It has no flag, since all users of a machine see the flags of a command.
    pub const VARIABLE: &str = "TRIGLOT_API_KEY";

    /// This file, or else the variable, if it is set.
    pub fn new(file: Option<&Path>) -> Option<Self> {
        let is_set = || env::var_os(Self::VARIABLE).is_some_and(|key| !key.is_empty());
        file.map(|path| Self::File(path.to_owned())).or_else(|| is_set().then_some(Self::Environment))
    }

    pub(super) fn bearer(&self) -> Result<Bearer, ClientError> {
        let (place, key) = match self {
            Self::File(path) => {
                let file = |error: io::Error| ClientError::File { path: path.clone(), error };
                (path.display().to_string(), fs::read_to_string(path).map_err(file)?)
            }
            Self::Environment => (Self::VARIABLE.to_owned(), env::var(Self::VARIABLE).unwrap_or_default()),
        };
        let key = key.lines().next().unwrap_or_default().trim();
        let value = (!key.is_empty()).then(|| format!("Bearer {key}").parse().ok()).flatten();
        let mut value: MetadataValue<Ascii> = value.ok_or(ClientError::NoKey { place })?;
        value.set_sensitive(true);
        Ok(Bearer(Some(value)))
    }
}

/// Shows a key in each call, or nothing.
#[derive(Clone, Default)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}
