//! One call, and how it ends.

use std::time::{Duration, Instant};

use fastrand::Rng;
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt;
use triglot::wire::proto::{TranslateRequest, translation_service_client::TranslationServiceClient};

use super::{Result, texts::Texts};

/// What all calls have in common.
#[derive(Debug, Clone)]
pub struct Caller {
    pub server: String,
    pub texts: Texts,
    pub from: String,
    pub to: String,
    pub deadline: Duration,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// In time.
    Answered,
    /// `RESOURCE_EXHAUSTED`, with `RetryInfo` or without.
    Refused {
        says_when: bool,
    },
    Late,
    Failed(Code),
}

/// A call that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    pub ending: Ending,
    /// From the moment when it was due.
    pub took: Duration,
    pub at: Instant,
}

impl Caller {
    /// Connects as many times as there are to be connections.
    pub async fn connect(&self, connections: usize) -> Result<Vec<Channel>> {
        let mut channels = Vec::with_capacity(connections);
        for _ in 0..connections {
            channels.push(Channel::from_shared(self.server.clone())?.connect().await?);
        }
        Ok(channels)
    }

    pub fn request(&self, rng: &mut Rng) -> TranslateRequest {
        TranslateRequest {
            text: self.texts.choose(rng),
            source_language: self.from.clone(),
            target_language: self.to.clone(),
            ..TranslateRequest::default()
        }
    }

    /// Sends a call that was due at this time.
    pub async fn call(&self, channel: Channel, request: TranslateRequest, due: Instant) -> Ended {
        let mut request = Request::new(request);
        request.set_timeout(self.deadline.saturating_sub(due.elapsed()));
        let answer = TranslationServiceClient::new(channel).translate(request).await;
        let (at, took) = (Instant::now(), due.elapsed());
        let ending = match answer {
            _ if took > self.deadline => Ending::Late,
            Ok(_) => Ending::Answered,
            Err(status) => Ending::from(&status),
        };
        Ended { ending, took, at }
    }
}

impl From<&Status> for Ending {
    fn from(status: &Status) -> Self {
        match status.code() {
            Code::ResourceExhausted => {
                Self::Refused { says_when: status.get_error_details().retry_info().is_some() }
            }
            // tonic's client cancels a call whose time is over.
            Code::DeadlineExceeded | Code::Cancelled => Self::Late,
            code => Self::Failed(code),
        }
    }
}
