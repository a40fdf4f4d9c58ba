//! Runs a job: every article of every input in every language, and each result once.

use std::{collections::VecDeque, pin::pin};

use futures::{
    Stream, StreamExt,
    stream::{poll_fn, select_all},
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tonic::Code;

use super::{
    FeedError,
    counts::Counts,
    failures::Failures,
    journal::{Finished, Journal, Key},
    lines::Line,
    output::Output,
    source::{Event, Item, Opened},
    webhook::{Deliveries, Webhook},
};
use crate::{
    article::{Article, ArticleError, Outcome, Request, Translated},
    client::{Articles, ClientError},
    engine::EngineError,
    lang::Language,
    translate::TranslateError,
    wire::{self, proto::TranslateArticlesStart},
};

/// Articles that wait for their turn to be written, at most.
const LINE: usize = 1024;
/// Bytes of these articles, at most; a longer article is alone.
const LINE_BYTES: usize = 64 << 20;
/// Results that are kept in one step, at most.
const AT_ONCE: usize = 64;
/// How often an article is tried whose work is lost.
const TRIES: u32 = 3;

/// What a job works with.
pub struct Job<'a> {
    /// One for each language, with that language alone.
    pub requests: &'a [Request],
    pub articles: &'a Articles,
    /// The models, so that other ones translate anew.
    pub models: &'a str,
    pub journal: &'a Journal,
    /// Whether what failed in an earlier run is tried again.
    pub retry_failed: bool,
    pub output: &'a mut Output,
    pub failures: Failures,
    /// Who gets each finished article, besides the output.
    pub webhook: Option<&'a Webhook>,
}

/// What waits for its turn to be written.
enum Waiting {
    Open(Opened),
    Article(Work),
    Close,
}

/// An article on its way.
struct Work {
    item: Item,
    bytes: usize,
    /// One for each language.
    languages: Vec<State>,
}

#[expect(clippy::large_enum_variant, reason = "most are finished before they are written")]
enum State {
    /// With the tries that it took so far.
    Running(Key, u32),
    Finished(Finished),
}

/// A job that runs.
struct Run<'a> {
    job: Job<'a>,
    counts: Counts,
    targets: Vec<Language>,
    /// What identifies the way of translation, for each language.
    ways: Vec<TranslateArticlesStart>,
    senders: Vec<UnboundedSender<Article>>,
    line: VecDeque<Waiting>,
    /// The number of the first one in the line.
    first: u64,
    line_bytes: usize,
    /// The input whose articles are written.
    input: String,
    deliveries: Deliveries<'a>,
}

impl<'a> Job<'a> {
    /// Works on all events. `told` is called now and then.
    ///
    /// # Errors
    /// When nothing can go on: the output or the journal cannot be written, or no server is left. What is finished stays finished.
    pub async fn run(
        self,
        events: impl Stream<Item = Event>,
        told: impl Fn(&Counts),
    ) -> Result<Counts, FeedError> {
        let mut outcomes = Vec::new();
        let (mut ways, mut senders) = (Vec::new(), Vec::new());
        let targets = self.requests.iter().filter_map(|request| request.targets.first().copied()).collect();
        for request in self.requests {
            ways.push(wire::articles::start(request, self.models.to_owned()));
            let (sender, mut receiver) = unbounded_channel();
            senders.push(sender);
            let articles = poll_fn(move |context| receiver.poll_recv(context)).map(Ok::<_, FeedError>);
            outcomes.push(self.articles.translate(request.clone(), articles).boxed_local());
        }
        let mut outcomes = select_all(outcomes).ready_chunks(AT_ONCE);
        let mut events = pin!(events);
        let mut run = Run {
            deliveries: Deliveries::new(self.webhook),
            job: self,
            counts: Counts::default(),
            targets,
            ways,
            senders,
            line: VecDeque::new(),
            first: 0,
            line_bytes: 0,
            input: String::new(),
        };
        let mut ended = false;
        while !(ended && run.line.is_empty() && run.deliveries.is_empty()) {
            tokio::select! {
                biased;
                Some(outcomes) = outcomes.next() => {
                    run.finished(outcomes.into_iter().collect::<Result<_, _>>()?)?;
                }
                Some(done) = run.deliveries.next() => {
                    Deliveries::keep(done, run.job.journal, &mut run.job.failures, &mut run.counts).await?;
                }
                event = events.next(), if !ended && run.has_room() => match event {
                    Some(event) => run.event(event)?,
                    None => ended = true,
                },
            }
            run.write().await?;
            told(&run.counts);
        }
        run.job.output.finish().await?;
        run.job.failures.finish().await?;
        Ok(run.counts)
    }
}

impl Run<'_> {
    fn has_room(&self) -> bool {
        self.line.len() < LINE && (self.line_bytes < LINE_BYTES)
    }

    fn event(&mut self, event: Event) -> Result<(), FeedError> {
        match event {
            Event::Open(opened) => self.line.push_back(Waiting::Open(opened)),
            Event::Close => self.line.push_back(Waiting::Close),
            Event::Unreadable { input, reason } => {
                tracing::error!(input, reason, "an input cannot be read");
                self.counts.unreadable += 1;
            }
            Event::Article(item) => {
                let number = self.first + self.line.len() as u64;
                let languages =
                    (0..self.ways.len()).map(|at| self.begin(number, at, &item)).collect::<Result<_, _>>()?;
                let texts = item.article.as_ref().map_or(0, |article| article.texts.bytes());
                let bytes = texts + item.line.as_ref().map_or(0, Line::bytes);
                self.line_bytes += bytes;
                self.line.push_back(Waiting::Article(Work { item, bytes, languages }));
            }
        }
        Ok(())
    }

    /// Begins an article in one language, if it is not finished.
    fn begin(&mut self, number: u64, at: usize, item: &Item) -> Result<State, FeedError> {
        let article = match &item.article {
            Ok(article) if article.texts.iter().next().is_none() => {
                return Ok(State::Finished(Ok(Translated::default())));
            }
            Ok(article) => article,
            Err(reason) => return Ok(State::Finished(Err(reason.clone()))),
        };
        let key = wire::articles::digest(&self.ways[at], &article.clone().into());
        match self.job.journal.find(&key)? {
            Some(Err(_)) if self.job.retry_failed => {}
            Some(finished) => {
                self.counts.known += u64::from(!item.is_heading);
                return Ok(State::Finished(finished));
            }
            None => {}
        }
        self.send(number, at, article);
        Ok(State::Running(key, 1))
    }

    fn send(&self, number: u64, at: usize, article: &Article) {
        // The receiver lives as long as the run.
        let _ = self.senders[at].send(Article { id: number.to_string(), ..article.clone() });
    }

    /// Keeps what is finished, and sends again what was lost.
    fn finished(&mut self, outcomes: Vec<Outcome<ClientError>>) -> Result<(), FeedError> {
        let mut done = Vec::new();
        for Outcome { id, target, result, .. } in outcomes {
            let number: Option<u64> = id.parse().ok();
            let place = number.and_then(|number| usize::try_from(number.checked_sub(self.first)?).ok());
            let at = self.targets.iter().position(|other| *other == target);
            // What nobody asked for is ignored.
            let (Some(number), Some(place), Some(at)) = (number, place, at) else { continue };
            let Some(Waiting::Article(work)) = self.line.get_mut(place) else { continue };
            let State::Running(key, tries) = &mut work.languages[at] else { continue };
            let finished = match result {
                Ok(translated) => Ok(self.counts.kept(translated)),
                Err(error) if stops(&error) => return Err(error.into()),
                Err(error) if is_lost(&error) && *tries < TRIES => {
                    *tries += 1;
                    let Ok(article) = &work.item.article else { continue };
                    let article = article.clone();
                    self.send(number, at, &article);
                    continue;
                }
                Err(error) => Err(error.to_string()),
            };
            done.push((*key, finished.clone()));
            work.languages[at] = State::Finished(finished);
        }
        Ok(self.job.journal.keep(done.iter().map(|(key, finished)| (key, finished)))?)
    }

    /// Writes and sends what is first in the line, up to an article that is not finished, or until too much is on its way.
    async fn write(&mut self) -> Result<(), FeedError> {
        while let Some(waiting) = self.line.front() {
            if let Waiting::Article(work) = waiting
                && (self.deliveries.is_full()
                    || work.languages.iter().any(|state| matches!(state, State::Running(..))))
            {
                break;
            }
            self.first += 1;
            match self.line.pop_front() {
                None => {}
                Some(Waiting::Open(opened)) => {
                    self.input.clone_from(&opened.input);
                    self.job.output.open(opened)?;
                }
                Some(Waiting::Close) => self.job.output.close().await?,
                Some(Waiting::Article(Work { item, bytes, languages })) => {
                    self.line_bytes -= bytes;
                    let results: Vec<Finished> = languages.into_iter().filter_map(State::finished).collect();
                    self.count(&item, &results).await?;
                    self.job.output.article(&item, &results).await?;
                    self.deliveries.begin(self.job.journal, &self.input, &item, &self.targets, &results)?;
                }
            }
        }
        self.job.output.flush()
    }

    async fn count(&mut self, item: &Item, results: &[Finished]) -> Result<(), FeedError> {
        for (target, result) in self.targets.iter().zip(results) {
            self.counts.add(item, result);
            if let Err(reason) = result {
                let id = item.article.as_ref().map_or("", |article| &article.id);
                self.job.failures.add(&self.input, id, *target, reason).await?;
            }
        }
        Ok(())
    }
}

impl State {
    fn finished(self) -> Option<Finished> {
        match self {
            Self::Finished(finished) => Some(finished),
            Self::Running(..) => None,
        }
    }
}

/// Whether all further articles would fail in the same way.
fn stops(error: &ClientError) -> bool {
    let ClientError::Status(status) = error else { return false };
    matches!(status.code(), Code::ResourceExhausted | Code::Unauthenticated | Code::PermissionDenied)
}

/// Whether the work on an article was lost, so that another try may succeed.
fn is_lost(error: &ClientError) -> bool {
    match error {
        ClientError::Status(status) => status.code() == Code::Unavailable,
        ClientError::Article(ArticleError::Translate { error, .. }) => {
            matches!(error, TranslateError::Engine(EngineError::WorkerLost))
        }
        _ => false,
    }
}
