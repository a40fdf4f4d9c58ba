//! What an operator sees of a running program: the log, and the calls in it.

mod log;
mod trace;

pub use self::{log::start, trace::Trace};
