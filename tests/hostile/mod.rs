//! A thousand hostile inputs, each by bytes over HTTP/2: each gets one status in time, and the server goes on.

mod attack;
mod call;
mod frames;
mod texts;

use std::time::Duration;

use fastrand::Rng;
use futures::{StreamExt, stream};
use tokio::time::timeout;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use triglot::{
    engine::LoadedModel,
    server::{CallLimits, Limits},
    wire::proto::translation_service_client::TranslationServiceClient,
};

use self::call::End;
use crate::support;

const INPUTS: u64 = 1000;
/// Clients at the same time.
const CLIENTS: usize = 16;
/// A request that does not go on ends after this.
const UNFINISHED: Duration = Duration::from_secs(2);
/// In which each input must have its status, on a slow machine that does other things too.
const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_hostile_inputs_get_one_status_each() {
    let translator = support::translator(LoadedModel::copy());
    let engine = translator.engines()[0].clone();
    let limits = support::limits();
    let limits = Limits { calls: CallLimits { message: UNFINISHED, ..limits.calls }, ..limits };
    let address = support::serve_at(translator, limits).await;

    let run = async |seed: u64| {
        let attack = attack::choose(&mut Rng::with_seed(seed));
        let name = attack.name;
        let end = timeout(DEADLINE, attack.run(address)).await;
        let end = end.unwrap_or_else(|_| panic!("{name} ({seed}) has no end"));
        (name, end.unwrap_or_else(|error| panic!("{name} ({seed}) has no status: {error}")))
    };
    let ends: Vec<(&str, End)> = stream::iter(0..INPUTS).map(run).buffer_unordered(CLIENTS).collect().await;
    assert_eq!(ends.len() as u64, INPUTS);
    let surprises: Vec<_> = ends.iter().filter(|(_, end)| end.is_surprise()).collect();
    assert!(surprises.is_empty(), "{surprises:#?}");

    support::until(|| engine.load().tokens == 0).await;
    assert_eq!(engine.meter().failures.get(), 0);
    let channel = support::connect(address).await;
    HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await.expect("it is well");
    let answer = TranslationServiceClient::new(channel).translate(support::request("All is well.")).await;
    assert_eq!(answer.expect("it translates").into_inner().translation, "All is well.");
}
