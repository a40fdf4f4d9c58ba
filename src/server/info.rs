//! `triglot.v1.InfoService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::Limits;
use crate::{
    proto::{self, GetInfoRequest, GetInfoResponse, info_service_server::InfoService},
    translate::{MAX_BEAM_SIZE, OUTPUT_RATIOS, Translators},
};

pub(super) struct Info {
    pub translators: Translators,
    pub limits: Arc<Limits>,
}

#[tonic::async_trait]
impl InfoService for Info {
    async fn get_info(&self, _request: Request<GetInfoRequest>) -> Result<Response<GetInfoResponse>, Status> {
        let first = self.translators.first();
        Ok(Response::new(GetInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            models: self.translators.iter().map(|translator| translator.engine().model().into()).collect(),
            limits: Some(proto::Limits {
                max_text_bytes: self.limits.max_text_bytes as u64,
                max_segment_chars: u32::try_from(first.limits().max_segment_chars).unwrap_or(u32::MAX),
                max_beam_size: MAX_BEAM_SIZE,
                max_output_ratio: OUTPUT_RATIOS.1,
                queue_tokens: first.engine().options().queue_tokens as u64,
            }),
        }))
    }
}
