//! The three languages: tables of their words, endings and number formats, and readers that use these tables.
//!
//! Each language has a file (`en`, `fr`, `ru`) with a value of the types in `tables`; the readers are the same for all
//! languages. A new language needs a new file, and its entries in `language`.
//!
//! This module uses no other module of the program, so every module that handles text may use it.

pub mod abbreviation;
mod en;
mod fr;
mod grammar;
mod language;
mod measure;
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
    measure::{Measure, MeasureKind, MeasureTables, Measures, SIGNS},
    name::{Name, names, same_word},
    number::{NumberSpan, Value, is_negative, numbers},
    numeral::number,
    quantity::{Quantity, all_named, quantities},
    stem::Stems,
    tables::{CapitalWords, List, Negation, Noun, Numbers, Tables, Unit},
    word::{Before, Weight, Word, small},
    words::{MOST_WORDS, words},
};
