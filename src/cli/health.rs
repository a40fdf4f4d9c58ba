//! `triglot health`: checks whether a server is healthy, for example from a container.

use std::{process::ExitCode, time::Duration};

use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{CliError, output};
use crate::{client::ClientError, config::HealthArguments};

/// Time for the answer of a healthy server.
const TIMEOUT: Duration = Duration::from_secs(5);

pub async fn run(arguments: HealthArguments) -> Result<ExitCode, CliError> {
    let mut health = HealthClient::new(arguments.server().connect(Some(TIMEOUT)).await?);
    let answer = health.check(HealthCheckRequest::default()).await.map_err(ClientError::from)?;
    if answer.get_ref().status() == ServingStatus::Serving {
        output::line("serving")?;
        Ok(ExitCode::SUCCESS)
    } else {
        output::line("not serving")?;
        Ok(ExitCode::FAILURE)
    }
}
