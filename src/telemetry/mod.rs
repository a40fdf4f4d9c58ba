//! The log, and what is logged and counted of each call.

mod log;
mod meter;
mod trace;

pub use self::{
    log::{LogFormat, start},
    meter::{CallMeter, Method},
    trace::Trace,
};
