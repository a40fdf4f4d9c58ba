//! Shows progress: as bars on a terminal, elsewhere as one log line for each task.

use std::{
    io::{IsTerminal, stderr},
    sync::Mutex,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::hub::{Progress, Task};

/// Shows one bar at a time.
#[derive(Default)]
pub struct Bar(Mutex<Option<ProgressBar>>);

/// Returns a bar over `bytes`, or a counter if the number is unknown. It is hidden if standard error is not a terminal.
pub fn bar(bytes: Option<u64>) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match bytes {
        Some(bytes) => (ProgressBar::new(bytes), "{msg} {wide_bar} {bytes}/{total_bytes} {eta}"),
        None => (ProgressBar::no_length(), "{msg} {bytes} {elapsed}"),
    };
    // The templates above are valid, so the default is never used.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar
}

impl Bar {
    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        if let Ok(mut bar) = self.0.lock() {
            act(&mut bar);
        }
    }
}

impl Progress for Bar {
    fn begin(&self, task: Task, what: &str, bytes: u64) {
        let new = bar(Some(bytes));
        let what = match task {
            Task::Fetch => what.to_owned(),
            Task::Check => format!("checking {what}"),
        };
        match task {
            _ if !new.is_hidden() => {}
            Task::Fetch => tracing::info!(bytes, "{what}"),
            // It takes a second, and nobody has to do anything.
            Task::Check => tracing::debug!(bytes, "{what}"),
        }
        new.set_message(what);
        new.enable_steady_tick(Duration::from_millis(200));
        self.with(|bar| *bar = Some(new));
    }

    fn at(&self, bytes: u64) {
        self.with(|bar| {
            if let Some(bar) = bar {
                bar.set_position(bytes);
            }
        });
    }

    fn end(&self) {
        self.with(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}
