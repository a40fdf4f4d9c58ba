//! Converts between the messages of the contract and our types. Each file of the contract has a file here, with both directions
//! side by side. Values from the wire are checked.

pub mod articles;
pub mod codec;
mod enums;
mod error;
pub mod glossary;
mod info;
pub mod proto;
pub mod summarize;
pub mod translate;
mod types;

pub use self::{
    enums::ContractName,
    error::{AnswerError, FieldError},
};

/// A message of a stream: the first message is the start; all others go on, by default with text.
pub enum Part<S, N = Vec<u8>> {
    Start(S),
    Next(N),
}
