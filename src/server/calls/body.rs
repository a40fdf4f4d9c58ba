//! The body of a request over plain HTTP, within the limits that messages over gRPC have.

use axum::body::Body;
use futures::StreamExt;
use tokio::time::timeout;
use tokio_util::bytes::{Bytes, BytesMut};
use tonic::Status;

use super::{Calls, Share};
use crate::server::error::ServiceError;

impl Calls {
    /// Reads a body; returns it with what it takes of the memory of all requests. Like a message, it is counted by what has arrived and
    /// not by what it declares.
    pub async fn receive(&self, body: Body) -> Result<(Bytes, Share), ServiceError> {
        let limits = self.messages;
        let mut memory = self.memory.share();
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
