//! Reads the inputs one after the other.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    io,
    iter::once,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_stream::stream;
use futures::Stream;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    task::block_in_place,
};
use tokio_util::io::SyncIoBridge;
use url::Url;

use super::{
    ARTICLE_BYTES, Event, Form, Input, Item, Opened,
    find::{Found, Read, numbered, output_name, with_end},
};
use crate::{
    article::{Article, Texts, detect},
    feed::{
        document::{Document, Entry, Kind},
        fetch::{Fetcher, Validators},
        warc::{LeftOut, Pages},
    },
    lang::Language,
};

/// Reads the inputs.
pub struct Reader {
    /// The language of all articles, if it is given.
    source: Option<Language>,
    pub(super) fetcher: Fetcher,
    /// What servers said of the feeds that were fetched before, if these are not to be fetched again until they change.
    pub(super) known: Option<Mutex<HashMap<Url, Validators>>>,
}

impl Reader {
    /// `again`: whether the same inputs will be read again, and need not be if they have not changed.
    pub fn new(source: Option<Language>, fetcher: Fetcher, again: bool) -> Self {
        Self { source, fetcher, known: again.then(Mutex::default) }
    }

    /// Reads everything again in the next round, changed or not.
    pub fn forget(&self) {
        if let Some(mut known) = self.known() {
            known.clear();
        }
    }

    pub(super) fn known(&self) -> Option<MutexGuard<'_, HashMap<Url, Validators>>> {
        self.known.as_ref().map(|known| known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The events of all inputs, one input after the other.
    pub fn events(&self, inputs: Vec<Input>) -> impl Stream<Item = Event> {
        stream! {
            let named = |input: Input| {
                let name = output_name(&input);
                (input, name)
            };
            let mut inputs: VecDeque<(Input, PathBuf)> = inputs.into_iter().map(named).collect();
            let mut names = HashSet::new();
            while let Some((input, name)) = inputs.pop_front() {
                let input_name = input.to_string();
                let unreadable = |reason: String| Event::Unreadable { input: input_name.clone(), reason };
                let found = self.find(&input).await;
                // An input that has not changed, or cannot be read this time, keeps its name, too.
                let name = match &found {
                    Ok(Found::Inputs(_)) => name,
                    Ok(Found::Archive(_)) => unique(&mut names, &with_end(name, "jsonl")),
                    Ok(Found::Lines(_)) => unique(&mut names, &ended(&input, name, "jsonl")),
                    Ok(Found::File(_)) => unique(&mut names, &ended(&input, name, "txt")),
                    Ok(Found::Feed(document)) if document.kind() == Kind::Json => unique(&mut names, &ended(&input, name, "json")),
                    _ => unique(&mut names, &ended(&input, name, "xml")),
                };
                let open = |form: Form| Event::Open(Opened { name: name.clone(), input: input_name.clone(), form });
                match found {
                    Err(reason) => {
                        yield unreadable(reason);
                        continue;
                    }
                    Ok(Found::Unchanged) => continue,
                    Ok(Found::Inputs(more)) => {
                        more.into_iter().rev().for_each(|input| inputs.push_front(input));
                        continue;
                    }
                    Ok(Found::Feed(document)) => {
                        let items = self.items(&document);
                        if document.untranslated() > 0 {
                            let texts = document.untranslated();
                            tracing::warn!(input = input_name, texts, "some texts of podcasts or media repeat no text of their item and stay as they are");
                        }
                        yield open(Form::Feed(Box::new(document)));
                        for item in items {
                            yield Event::Article(item);
                        }
                    }
                    Ok(Found::Lines(read)) => {
                        yield open(Form::Lines);
                        let mut read = BufReader::new(read);
                        loop {
                            match line(&mut read).await {
                                Ok(Some(Ok(text))) if text.trim().is_empty() => {}
                                Ok(Some(Ok(text))) => yield Event::Article(Item::of_line(&text)),
                                Ok(Some(Err(reason))) => yield Event::Article(Item::broken(reason)),
                                Ok(None) => break,
                                Err(error) => {
                                    yield unreadable(error.to_string());
                                    break;
                                }
                            }
                        }
                    }
                    Ok(Found::File(text)) => {
                        yield open(Form::File);
                        let texts = Texts { body: Some(text), ..Texts::default() };
                        let id = name.display().to_string();
                        yield Event::Article(Article { id, source: None, texts }.into());
                    }
                    Ok(Found::Archive(read)) => {
                        yield open(Form::Lines);
                        let read = SyncIoBridge::new(read);
                        let mut pages = match block_in_place(|| Pages::new(read, ARTICLE_BYTES as u64)) {
                            Ok(pages) => pages,
                            Err(error) => {
                                yield unreadable(error.to_string());
                                yield Event::Close;
                                continue;
                            }
                        };
                        while let Some(page) = block_in_place(|| pages.next()) {
                            match page {
                                Ok(article) => yield Event::Article(article.into()),
                                Err(error) => yield unreadable(error.to_string()),
                            }
                        }
                        let LeftOut { too_long, unreadable } = pages.left_out();
                        if too_long + unreadable > 0 {
                            tracing::warn!(input = input_name, too_long, unreadable, "some pages of an archive are left out");
                        }
                    }
                }
                yield Event::Close;
            }
        }
    }

    /// The heading and the items of a feed. Feeds often declare a language that they are not in, so it counts only where the text does
    /// not tell; where it declares none, that of most items does.
    fn items(&self, document: &Document) -> Vec<Item> {
        let found: Vec<Option<Language>> = document
            .entries()
            .iter()
            .map(|entry| detect(&entry.texts).ok().map(|(language, _)| language))
            .collect();
        let count = |language: &Language| found.iter().filter(|found| **found == Some(*language)).count();
        let most = Language::ALL.into_iter().filter(|language| count(language) > 0).max_by_key(count);
        let declared = |language: Option<&str>| language.and_then(|code| code.parse().ok());
        let all = declared(document.language()).or(most);
        let item = |(at, (entry, found)): (usize, (&_, Option<Language>))| {
            let Entry { id, language, texts } = entry;
            let source = self.source.or(found).or_else(|| declared(language.as_deref())).or(all);
            let article = Article { id: id.clone(), source, texts: texts.clone() };
            Item { article: Ok(article), line: None, is_heading: at == 0 }
        };
        document.entries().iter().zip(found).enumerate().map(item).collect()
    }
}

/// The name with an end, if it has none. What looks like the end of an address is none.
fn ended(input: &Input, name: PathBuf, end: &str) -> PathBuf {
    match (input, name.extension()) {
        (Input::Path(_) | Input::Object(_), Some(_)) => name,
        _ => with_end(name, end),
    }
}

/// The name, or the first one with a number that no other input has.
fn unique(names: &mut HashSet<PathBuf>, name: &Path) -> PathBuf {
    let mut tries = once(name.to_owned()).chain((2..).map(|number| numbered(name, number)));
    tries.find(|new| names.insert(new.clone())).unwrap_or_else(|| name.to_owned())
}

/// The next line without its end, or why it is none.
async fn line(read: &mut BufReader<Read>) -> io::Result<Option<Result<String, String>>> {
    let mut line = Vec::new();
    let most = ARTICLE_BYTES as u64 + 1;
    read.take(most).read_until(b'\n', &mut line).await?;
    if line.len() > ARTICLE_BYTES {
        while line.last() != Some(&b'\n') && !line.is_empty() {
            line.clear();
            read.take(most).read_until(b'\n', &mut line).await?;
        }
        return Ok(Some(Err(format!("the line has more than {} MiB", ARTICLE_BYTES >> 20))));
    }
    if line.is_empty() {
        return Ok(None);
    }
    Ok(Some(String::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned())))
}
