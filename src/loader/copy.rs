//! The copying model: it returns its input and needs no files.

use std::sync::Arc;

use crate::{
    engine::{LoadedModel, ModelInfo, Prompt, SearchDefaults},
    lang::Pair,
    model::copy::{Copy, CopyTokenizer, END},
};

impl LoadedModel {
    /// Name of the copying model.
    pub const COPY: &str = "copy";

    /// Returns the copying model.
    pub fn copy() -> Self {
        Self {
            info: ModelInfo {
                name: Self::COPY.to_owned(),
                licence: "part of triglot".to_owned(),
                pairs: Pair::all().collect(),
                ..ModelInfo::default()
            },
            network: Box::new(Copy::default()),
            tokenizer: Arc::new(CopyTokenizer),
            prompt: Prompt::default(),
            stops: [END].into(),
            search_defaults: SearchDefaults::default(),
            longest_source: None,
            longest_output: None,
        }
    }
}
