//! What is known of the three languages: their words, endings and ways to write numbers, and readers over these.
//!
//! Each language has a file of tables (`en`, `fr`, `ru`) that fills in the form of `tables`; the readers beside them are the
//! same for all. A new language is a new file, and a line for it in `language`.
//!
//! A leaf: it uses nothing else of the program, so that whatever handles text may use it.

pub mod abbreviation;
mod en;
mod fr;
mod grammar;
mod language;
mod name;
mod number;
mod numeral;
mod quantity;
mod ru;
mod stem;
mod tables;
mod unit;
mod word;
mod words;

pub use self::{
    grammar::{Grammar, Named, Speech},
    language::{Language, Pair, PairError, UnknownLanguage},
    name::{Name, names, same_word},
    number::{NumberSpan, Value, numbers},
    quantity::{Quantity, all_named, quantities},
    stem::Stems,
    tables::{List, Negation, Tables, Unit},
    word::{Before, Weight, Word, small},
    words::{MOST_WORDS, words},
};
