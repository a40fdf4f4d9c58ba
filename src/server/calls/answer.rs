//! The body of a response, which a call's end may cut.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use futures::future::BoxFuture;
use http::HeaderMap;
use http_body::Frame;
use tokio_util::bytes::Bytes;
use tonic::{Status, body::Body};

use super::Held;

/// A body that ends early with the status of `end`, if that completes first. Holds what its call holds.
pub(super) struct Answer {
    body: Body,
    end: BoxFuture<'static, Status>,
    over: bool,
    _held: Arc<Mutex<Held>>,
}

impl Answer {
    pub fn new(body: Body, end: BoxFuture<'static, Status>, held: Arc<Mutex<Held>>) -> Self {
        Self { body, end, over: false, _held: held }
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(status) = self.end.as_mut().poll(context) {
            self.over = true;
            // Cancels the work on the rest.
            self.body = Body::empty();
            let mut trailers = HeaderMap::new();
            return Poll::Ready(Some(status.add_header(&mut trailers).map(|()| Frame::trailers(trailers))));
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }
}
