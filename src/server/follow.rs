//! Follows files: reads them again and again, and says when what they have has changed.

use std::{fmt::Display, time::Duration};

use tokio::{task::spawn_blocking, time::sleep};

/// Time between two looks at the files.
const LOOK: Duration = Duration::from_secs(2);

/// Calls `apply` with what the files have whenever it differs from what they had before, at first from `known`. An error of `apply` is
/// logged once for each change. The bytes are compared, since the dates of files would miss a change within their resolution.
pub(super) async fn follow<C, R, X, E>(what: &str, mut known: C, read: R, apply: impl Fn(&C) -> Result<(), E>)
where
    C: PartialEq + Send + 'static,
    R: Fn() -> Result<C, X> + Clone + Send + 'static,
    X: Send + 'static,
    E: Display,
{
    loop {
        sleep(LOOK).await;
        // A file that is just being replaced may be missing for a moment.
        let Ok(Ok(contents)) = spawn_blocking(read.clone()).await else { continue };
        if known == contents {
            continue;
        }
        match apply(&contents) {
            Ok(()) => tracing::info!("{what} changed; new connections and calls use the new ones"),
            Err(error) => {
                tracing::error!(%error, "{what} changed and are not valid; the old ones stay in use")
            }
        }
        known = contents;
    }
}
