//! Gets articles from elsewhere: fetches feeds over HTTP, reads lists of feeds, and reads web archives.
//!
//! All of it comes from strangers. So each reader has a bound for what it keeps in memory, and each transfer one for its time.

mod coding;
pub mod fetch;
pub mod opml;
pub mod warc;
