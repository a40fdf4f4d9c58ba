//! The body of a request over plain HTTP, within the limits that messages over gRPC have.

use axum::body::Body;
use futures::StreamExt;
use http::HeaderMap;
use tokio::time::timeout;
use tokio_util::bytes::{Bytes, BytesMut};
use tonic::Status;

use super::{Calls, Share};
use crate::server::error::ServiceError;

impl Calls {
    /// Reads a body; returns it with what it takes of the memory of all requests. Like a message, it is counted by what has arrived and
    /// not by what it declares. The bodies of callers whose headers have no key that is known share a small part of the memory: some
    /// contracts have the key in the body, and who has none must not keep out those who have one.
    pub async fn receive(&self, headers: &HeaderMap, body: Body) -> Result<(Bytes, Share), ServiceError> {
        let limits = self.messages;
        let is_known = self.keys.as_ref().is_none_or(|keys| keys.find(headers).is_ok());
        let mut memory = if is_known { self.memory.share() } else { self.strangers.share() };
        let mut bytes = BytesMut::new();
        let mut frames = body.into_data_stream();
        let read = async {
            while let Some(frame) = frames.next().await {
                let frame = frame.map_err(|error| ServiceError::Inbound(Status::from_error(error.into())))?;
                if bytes.len() + frame.len() > limits.bytes {
                    return Err(ServiceError::TooLarge { limit: limits.bytes });
                }
                memory.resize(bytes.len() + frame.len())?;
                bytes.extend_from_slice(&frame);
            }
            Ok(())
        };
        timeout(limits.time, read).await.map_err(|_| ServiceError::Unfinished(limits.time))??;
        Ok((bytes.freeze(), memory))
    }
}
