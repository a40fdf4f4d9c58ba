//! `triglot feed`: translates feeds of articles, in this process or on servers.

use std::{
    collections::HashSet,
    fs::create_dir_all,
    io::{IsTerminal, Write, stderr},
    process::ExitCode,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::{signal::ctrl_c, time::sleep};

use super::{CliError, options};
use crate::{
    app,
    article::{Request, Summaries},
    config::{FeedArguments, FeedForm, Summarised},
    feed::{
        Counts, Failures, FeedError, Job, Journal, Output, Place, Reader, Secret, Webhook,
        fetch::{FetchLimits, Fetcher},
    },
};

/// The exit code when everything was tried, and something failed.
const SOME_FAILED: u8 = 3;
/// Time between two lines of progress, where there is no terminal.
const QUIET: Duration = Duration::from_secs(30);

pub async fn run(mut arguments: FeedArguments) -> Result<ExitCode, CliError> {
    let mut seen = HashSet::new();
    arguments.to.retain(|to| seen.insert(*to));
    let webhook = webhook(&arguments)?;
    let default = if webhook.is_some() { Place::Nowhere } else { Place::Stdout };
    let place = arguments.output.clone().unwrap_or(default);
    if arguments.watch.is_some() && !place.is_folder() && !matches!(place, Place::Nowhere) {
        return Err(CliError::WatchNeedsFolder);
    }
    let requests = requests(&arguments)?;
    if let Place::Folder(path) = &place {
        create_dir_all(path).map_err(|error| FeedError::File { path: path.clone(), error })?;
    }
    let journal_file = arguments.journal.clone().or_else(|| place.beside(None, "journal"));
    let journal = match &journal_file {
        Some(path) => Journal::open(path).map_err(FeedError::from)?,
        // Without it, each run would do and send everything again.
        None if webhook.is_some() || matches!(place, Place::Object(_)) => return Err(CliError::NeedsJournal),
        None => Journal::default(),
    };
    let failures =
        arguments.failures.clone().or_else(|| place.beside(journal_file.as_deref(), "failed.jsonl"));
    let limits =
        FetchLimits { time: arguments.fetch_time(), private: arguments.private, ..FetchLimits::default() };
    let reader = Reader::new(arguments.from, Fetcher::new(limits)?, arguments.watch.is_some());
    let servers: Vec<_> = arguments.servers.iter().map(|url| arguments.access.server(url)).collect();
    let (articles, models) =
        app::articles(&arguments.engine, &servers, arguments.queue.options().as_ref()).await?;
    let lines = match arguments.form {
        FeedForm::Lines => true,
        FeedForm::Same => false,
        FeedForm::Auto => place.is_lines(),
    };
    let mut retry_failed = arguments.retry_failed;
    loop {
        let begin = Instant::now();
        let mut output = Output::new(place.clone(), arguments.to.clone(), lines);
        let job = Job {
            requests: &requests,
            articles: &articles,
            models: &models,
            journal: &journal,
            retry_failed,
            output: &mut output,
            webhook: webhook.as_ref(),
            failures: Failures::new(failures.clone()),
        };
        let progress = Progress::begin();
        let counts = tokio::select! {
            counts = job.run(reader.events(arguments.inputs.clone()), |counts| progress.at(counts)) => counts,
            _ = ctrl_c() => Err(FeedError::Stopped),
        };
        progress.end();
        if counts.is_err() {
            // A store that does not answer must not keep the job from its end.
            tokio::select! {
                () = output.abandon() => {}
                _ = ctrl_c() => {}
            }
        }
        match (counts, arguments.watch) {
            (Ok(counts), None) => {
                report(&counts, begin.elapsed());
                let failed = counts.failed + counts.undelivered + counts.unreadable > 0;
                return Ok(if failed { ExitCode::from(SOME_FAILED) } else { ExitCode::SUCCESS });
            }
            (Ok(counts), Some(_)) => {
                report(&counts, begin.elapsed());
                if counts.undelivered > 0 {
                    reader.forget();
                }
            }
            (Err(error @ (FeedError::Client(_) | FeedError::Object { .. })), Some(_)) => {
                tracing::error!(%error, "a round failed; the next one goes on");
                reader.forget();
            }
            (Err(error), _) => return Err(error.into()),
        }
        retry_failed = false;
        tokio::select! {
            () = sleep(Duration::from_secs(arguments.watch.unwrap_or_default())) => {}
            _ = ctrl_c() => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// One request for each language, since terms belong to one.
fn requests(arguments: &FeedArguments) -> Result<Vec<Request>, CliError> {
    let length = arguments.length.length()?;
    let summaries = match arguments.summaries {
        Summarised::No => None,
        also => {
            Some(Summaries { length, style: arguments.style.into(), instead: also == Summarised::Instead })
        }
    };
    let request = |&target| {
        let options = options::request(&arguments.options, arguments.from, target)?;
        Ok(Request { targets: vec![target], options, summaries: summaries.clone(), ordered: false })
    };
    arguments.to.iter().map(request).collect()
}

/// Who gets the finished articles, besides the output.
fn webhook(arguments: &FeedArguments) -> Result<Option<Webhook>, CliError> {
    let Some((url, path)) = arguments.webhook.clone().zip(arguments.webhook_secret_file.as_deref()) else {
        return Ok(None);
    };
    let secret = Secret::read(path).map_err(|error| CliError::Secret { path: path.to_owned(), error })?;
    Ok(Some(Webhook::new(url, secret, arguments.private)?))
}

/// Shows how far a job is: as a line that changes on a terminal, elsewhere as lines of the log.
struct Progress {
    bar: ProgressBar,
    begin: Instant,
    said: std::cell::Cell<Instant>,
}

impl Progress {
    fn begin() -> Self {
        let bar = if stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        // The template is valid, so the default is never used.
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(200));
        let begin = Instant::now();
        Self { bar, begin, said: begin.into() }
    }

    fn at(&self, counts: &Counts) {
        let Counts { articles, known, failed, .. } = *counts;
        let a_second = articles.saturating_sub(known) as f64 / self.begin.elapsed().as_secs_f64().max(0.001);
        if !self.bar.is_hidden() {
            self.bar.set_message(format!(
                "{articles} articles, {known} of them known, {failed} failed; {a_second:.1} a second"
            ));
        } else if self.said.get().elapsed() >= QUIET {
            tracing::info!(articles, known, failed, a_second, "the job goes on");
            self.said.set(Instant::now());
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// The table at the end.
fn report(counts: &Counts, time: Duration) {
    let Counts { articles, known, flagged, failed, unreadable, sentences, remembered, .. } = *counts;
    let an_hour = articles.saturating_sub(known) as f64 / time.as_secs_f64().max(0.001) * 3600.0;
    let rows = [
        ("articles", articles.to_string()),
        ("finished before", known.to_string()),
        ("with warnings", flagged.to_string()),
        ("failed", failed.to_string()),
        ("delivered", counts.delivered.to_string()),
        ("not delivered", counts.undelivered.to_string()),
        ("inputs not read", unreadable.to_string()),
        ("sentences", sentences.to_string()),
        ("from the memory", remembered.to_string()),
        ("articles an hour", format!("{an_hour:.0}")),
    ];
    let mut out = stderr().lock();
    for (name, value) in rows {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(out, "{name:<18}{value:>10}");
    }
}
