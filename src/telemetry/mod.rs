//! The log, and the tracing of calls in it.

mod log;
mod trace;

pub use self::{log::start, trace::Trace};
