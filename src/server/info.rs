//! `triglot.v1.InfoService`.

use tonic::{Request, Response, Status};

use super::{Service, batch::MOST_TEXTS};
use crate::{
    translate::{MAX_BEAM_SIZE, OUTPUT_RATIOS},
    wire::proto::{GetInfoRequest, GetInfoResponse, Limits, info_service_server::InfoService},
};

#[tonic::async_trait]
impl InfoService for Service {
    async fn get_info(&self, _request: Request<GetInfoRequest>) -> Result<Response<GetInfoResponse>, Status> {
        let translator = self.translator.borrow().clone();
        // All engines have the same limit.
        let queue_tokens = translator.engines().first().map_or(0, |engine| engine.options().queue_tokens);
        Ok(Response::new(GetInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            models: translator.engines().iter().map(|engine| engine.model().into()).collect(),
            limits: Some(Limits {
                max_text_bytes: self.limits.max_text_bytes as u64,
                max_segment_chars: u32::try_from(translator.limits().max_segment_chars).unwrap_or(u32::MAX),
                max_beam_size: MAX_BEAM_SIZE,
                max_output_ratio: OUTPUT_RATIOS.1,
                queue_tokens: queue_tokens as u64,
                max_batch_texts: MOST_TEXTS,
            }),
        }))
    }
}
