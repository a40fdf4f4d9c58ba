//! Between the messages of the contract and our own types. A file for each file of the contract has both directions side by
//! side: what comes in is checked, and nothing in here knows who sent it.

pub mod codec;
mod enums;
mod error;
mod info;
pub mod proto;
pub mod summarize;
pub mod translate;
mod types;

pub use self::{
    enums::ContractName,
    error::{AnswerError, FieldError},
};

/// What a message of a stream of text is: the first one is the start, all others are text.
pub enum Part<S> {
    Start(S),
    Text(Vec<u8>),
}
