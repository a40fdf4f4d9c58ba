//! The articles that wait for a server, and those that one has. No article is lost when a stream breaks.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{Stream, StreamExt, stream::unfold};
use tokio::sync::{Mutex as AsyncMutex, Notify, Semaphore};

use crate::{article::Article, lang::Language};

/// Articles that a server has at once, waiting or worked on.
const WINDOW: usize = 128;

/// An article with its place in the input, and the languages without an answer.
struct Numbered {
    index: u64,
    article: Article,
    missing: Vec<Language>,
}

/// What all servers share.
pub struct Pool {
    /// Locked for as long as the next article takes.
    input: AsyncMutex<Pin<Box<dyn Stream<Item = Article> + Send>>>,
    state: Mutex<State>,
    changed: Notify,
    targets: Vec<Language>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Numbered>,
    /// Articles that were read.
    read: u64,
    /// Articles that servers have.
    out: usize,
    /// The input is over.
    ended: bool,
    /// Servers that are left.
    servers: usize,
}

impl Pool {
    pub fn new(
        articles: impl Stream<Item = Article> + Send + 'static,
        servers: usize,
        targets: Vec<Language>,
    ) -> Self {
        let state = State { servers, ..State::default() };
        Self {
            input: AsyncMutex::new(Box::pin(articles)),
            state: Mutex::new(state),
            changed: Notify::new(),
            targets,
        }
    }

    /// Waits for an article. False if there is none any more: all are answered.
    pub async fn has_next(&self) -> bool {
        loop {
            let changed = self.changed.notified();
            let ended = {
                let state = self.state();
                if !state.waiting.is_empty() {
                    return true;
                }
                if state.ended && state.out == 0 {
                    return false;
                }
                state.ended
            };
            tokio::select! {
                () = changed => {}
                article = self.read(), if !ended => self.push(article),
            }
        }
    }

    async fn read(&self) -> Option<Article> {
        self.input.lock().await.next().await
    }

    fn push(&self, article: Option<Article>) {
        let mut state = self.state();
        match article {
            None => state.ended = true,
            Some(article) => {
                let index = state.read;
                state.read += 1;
                state.waiting.push_back(Numbered { index, article, missing: self.targets.clone() });
            }
        }
        drop(state);
        self.changed.notify_waiters();
    }

    async fn take(&self) -> Option<Numbered> {
        while self.has_next().await {
            let mut state = self.state();
            // Another server may have been faster.
            if let Some(article) = state.waiting.pop_front() {
                state.out += 1;
                return Some(article);
            }
        }
        None
    }

    /// Articles that a server had are answered, or wait again, the oldest first.
    fn put_back(&self, answered: usize, mut again: Vec<Numbered>) {
        again.sort_by_key(|article| article.index);
        let mut state = self.state();
        state.out -= answered + again.len();
        again.into_iter().rev().for_each(|article| state.waiting.push_front(article));
        drop(state);
        self.changed.notify_waiters();
    }

    /// A server is given up. True if it was the last one.
    pub fn leave(&self) -> bool {
        let mut state = self.state();
        state.servers -= 1;
        state.servers == 0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The articles of one stream that are not answered yet.
pub struct Sent {
    pool: Arc<Pool>,
    room: Semaphore,
    /// By their places in the stream; `None` once the stream has ended.
    open: Mutex<Option<HashMap<u64, Numbered>>>,
}

impl Sent {
    pub fn new(pool: Arc<Pool>) -> Arc<Self> {
        let open = Mutex::new(Some(HashMap::new()));
        Arc::new(Self { pool, room: Semaphore::new(WINDOW), open })
    }

    /// The articles to send, each as soon as there is room for it. Ends when all articles of the input are answered.
    pub fn articles(self: Arc<Self>) -> impl Stream<Item = Article> + Send {
        unfold((self, 0), |(sent, place)| async move {
            sent.room.acquire().await.ok()?.forget();
            let article = sent.pool.take().await?;
            let message = article.article.clone();
            sent.add(place, article).then_some((message, (sent, place + 1)))
        })
    }

    /// False if the stream has ended; the article then waits again.
    fn add(&self, place: u64, article: Numbered) -> bool {
        match &mut *self.open() {
            Some(open) => {
                open.insert(place, article);
                true
            }
            None => {
                self.pool.put_back(0, vec![article]);
                false
            }
        }
    }

    /// Notes an answer, and returns the place of its article in the input. `None` if nothing waits for it, as for a language that an
    /// earlier stream has answered.
    pub fn answered(&self, place: u64, target: Language) -> Option<u64> {
        let mut guard = self.open();
        let all = guard.as_mut()?;
        let Numbered { index, missing, .. } = all.get_mut(&place)?;
        let at = missing.iter().position(|other| *other == target)?;
        missing.swap_remove(at);
        let index = *index;
        if missing.is_empty() {
            all.remove(&place);
            self.room.add_permits(1);
            self.pool.put_back(1, Vec::new());
        }
        Some(index)
    }

    /// Takes out the longest article that has no answer: the one that a server refuses whose messages are shorter. Returns its name, its
    /// place in the input, and the languages that it has no answer in.
    pub fn refused(&self) -> Option<(String, u64, Vec<Language>)> {
        let mut guard = self.open();
        let all = guard.as_mut()?;
        let longest =
            all.iter().max_by_key(|(_, open)| open.article.texts.bytes()).map(|(place, _)| *place)?;
        let Numbered { index, article, missing } = all.remove(&longest)?;
        self.pool.put_back(1, Vec::new());
        Some((article.id, index, missing))
    }

    /// Ends the stream: what has no answer waits again. Returns how many these are.
    pub fn close(&self) -> usize {
        let open = self.open().take().unwrap_or_default();
        let again: Vec<Numbered> = open.into_values().collect();
        let count = again.len();
        self.pool.put_back(0, again);
        count
    }

    fn open(&self) -> MutexGuard<'_, Option<HashMap<u64, Numbered>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.close();
    }
}
