//! `triglot health`: asks a server, for container health checks.

use std::{process::ExitCode, time::Duration};

use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{CliError, client, output};
use crate::config::HealthArguments;

/// A server that does not answer for so long is not healthy.
const PATIENCE: Duration = Duration::from_secs(5);

pub async fn run(arguments: HealthArguments) -> Result<ExitCode, CliError> {
    let mut health = HealthClient::new(client::connect(&arguments.server, Some(PATIENCE)).await?);
    let answer = health.check(HealthCheckRequest::default()).await?.into_inner();
    if answer.status() == ServingStatus::Serving {
        output::line("serving")?;
        Ok(ExitCode::SUCCESS)
    } else {
        output::line("not serving")?;
        Ok(ExitCode::FAILURE)
    }
}
