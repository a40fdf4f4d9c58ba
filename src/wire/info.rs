//! The description of a model (`info_service.proto`). Only to the wire: our client does not read it.

use super::proto;
use crate::engine::{AdapterInfo, ModelInfo};

impl From<&ModelInfo> for proto::Model {
    fn from(model: &ModelInfo) -> Self {
        Self {
            name: model.name.clone(),
            sha256: model.sha256.clone(),
            licence: model.licence.clone(),
            pairs: model.pairs.iter().map(|pair| (*pair).into()).collect(),
            adapter: model.adapter.as_ref().map(Into::into),
            summarizes: model.summarises.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&AdapterInfo> for proto::Adapter {
    fn from(adapter: &AdapterInfo) -> Self {
        Self { sha256: adapter.sha256.clone(), licence: adapter.licence.clone() }
    }
}
