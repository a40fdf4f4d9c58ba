//! The list of articles that a job could not translate, one a line of JSON, without their texts.

use std::path::PathBuf;

use serde_json::json;

use super::{FeedError, sink::Sink};
use crate::lang::Language;

/// Longest id in the list, in characters.
const ID: usize = 200;

/// Writes the list, if there is a place for it and something to list. An old list is removed.
pub struct Failures {
    path: Option<PathBuf>,
    sink: Option<Sink>,
}

impl Failures {
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path, sink: None }
    }

    /// An article of an input failed in one language.
    pub(super) async fn add(
        &mut self,
        input: &str,
        id: &str,
        target: Language,
        reason: &str,
    ) -> Result<(), FeedError> {
        let id: String = id.chars().take(ID).collect();
        tracing::warn!(input, id, target = target.code(), reason, "an article failed");
        let Some(path) = &self.path else { return Ok(()) };
        let sink = match &mut self.sink {
            Some(sink) => sink,
            None => self.sink.insert(Sink::file(path.clone())?),
        };
        let line = json!({ "input": input, "id": id, "target": target.code(), "reason": reason });
        sink.write(format!("{line}\n").as_bytes()).await
    }

    pub(super) async fn finish(self) -> Result<(), FeedError> {
        match (self.sink, self.path) {
            (Some(sink), _) => sink.finish().await,
            (None, Some(path)) => match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(FeedError::File { path, error })
                }
                _ => Ok(()),
            },
            (None, None) => Ok(()),
        }
    }
}
