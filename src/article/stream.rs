//! A stream of articles: some are worked on at once, bounded in number and in bytes, and the rest is not read yet.

use std::sync::Arc;

use futures::{
    Stream, StreamExt, TryStreamExt,
    stream::{iter, once},
};
use tokio::sync::Semaphore;

use crate::lang::Language;

/// Most results that are worked on at once. Short articles need many to keep the rows of the models busy.
const WINDOW: usize = 128;
/// Most bytes of articles that are worked on at once. A longer article is alone.
const WINDOW_BYTES: u32 = 4 << 20;

/// An article of a stream, to be translated into one language.
pub struct Job<A> {
    pub article: Arc<A>,
    /// Its place in the stream.
    pub index: u64,
    pub target: Language,
}

/// Works on each article once for each language. The results come as they are ready, or in order.
///
/// An error of the stream ends it; `work` has its own errors in its results.
pub fn each<A, W: Future, E>(
    articles: impl Stream<Item = Result<A, E>>,
    bytes: impl Fn(&A) -> usize,
    targets: Vec<Language>,
    ordered: bool,
    work: impl Fn(Job<A>) -> W,
) -> impl Stream<Item = Result<W::Output, E>> {
    let room = Arc::new(Semaphore::new(WINDOW_BYTES as usize));
    let held = articles.zip(iter(0..)).then(move |(article, index)| {
        let size = article.as_ref().map_or(0, &bytes);
        let room = room
            .clone()
            .acquire_many_owned(u32::try_from(size).map_or(WINDOW_BYTES, |size| size.min(WINDOW_BYTES)));
        async move {
            // The semaphore is never closed.
            let room = Arc::new(room.await.ok());
            Ok((Arc::new(article?), index, room))
        }
    });
    let jobs = held.flat_map(move |held| match held {
        Err(error) => once(async { Err(error) }).left_stream(),
        Ok((article, index, room)) => iter(targets.clone())
            .map(move |target| Ok((Job { article: article.clone(), index, target }, room.clone())))
            .right_stream(),
    });
    let results = jobs.map_ok(move |(job, room)| {
        // A result that waits for its turn takes room like its article.
        let held = (job.article.clone(), room);
        let work = work(job);
        async move { Ok((work.await, held)) }
    });
    let results = match ordered {
        true => results.try_buffered(WINDOW).left_stream(),
        false => results.try_buffer_unordered(WINDOW).right_stream(),
    };
    results.map_ok(|(result, _held)| result)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, convert::Infallible, rc::Rc};

    use futures::{executor::block_on, future::poll_fn};
    use proptest::prelude::*;

    use super::*;

    /// Waits for so many turns.
    async fn turns(mut left: usize) {
        poll_fn(|context| {
            if left == 0 {
                return std::task::Poll::Ready(());
            }
            left -= 1;
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }

    proptest! {
        #[test]
        fn each_article_has_one_result_a_language_within_the_bounds(
            sizes in proptest::collection::vec((0..WINDOW_BYTES as usize * 2, 0..5usize), 0..300),
            ordered in any::<bool>(),
        ) {
            let targets = vec![Language::French, Language::Russian];
            let busy = Rc::new(Cell::new((0usize, 0usize)));
            let work = |job: Job<(usize, usize)>| {
                let busy = busy.clone();
                async move {
                    let (size, wait) = *job.article;
                    busy.set((busy.get().0 + 1, busy.get().1 + size.min(WINDOW_BYTES as usize)));
                    // Both languages of an article hold its room once.
                    assert!(busy.get().0 <= WINDOW && busy.get().1 <= 2 * WINDOW_BYTES as usize);
                    turns(wait).await;
                    busy.set((busy.get().0 - 1, busy.get().1 - size.min(WINDOW_BYTES as usize)));
                    (job.index, job.target)
                }
            };
            let articles = iter(sizes.iter().copied().map(Ok::<_, Infallible>));
            let results = each(articles, |article| article.0, targets.clone(), ordered, work);
            let mut results: Vec<_> = block_on(results.map(|Ok(result)| result).collect());
            let expected: Vec<_> =
                (0..sizes.len() as u64).flat_map(|index| targets.iter().map(move |target| (index, *target))).collect();
            if !ordered {
                results.sort_by_key(|(index, target)| (*index, *target == Language::Russian));
            }
            prop_assert_eq!(results, expected);
        }
    }
}
