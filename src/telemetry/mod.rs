//! The log, the traces, and what is logged and counted of each call.

mod log;
mod meter;
mod trace;
mod traces;

pub use self::{
    log::{LogFormat, start},
    meter::{CallMeter, Method},
    trace::{REQUEST_ID, Trace, request_id},
    traces::{STAGES, Traces, TracesError},
};

/// Under what the spans and the lines of calls are known.
const CALLS: &str = "triglot::calls";
