//! What is known of the three languages: their words, endings and ways to write numbers, and readers over these.
//!
//! A leaf: it uses nothing else of the program, so that whatever handles text may use it.

mod grammar;
mod language;
mod lexicon;
mod name;
mod number;
mod numeral;
mod quantity;
mod stem;
mod unit;
mod word;
mod words;

pub use self::{
    grammar::{Grammar, Named, Speech},
    language::{Language, Pair, PairError, UnknownLanguage},
    name::{Name, names, same_word},
    number::{Value, Written, is_negative, numbers},
    quantity::{Quantity, all_named, quantities},
    stem::Stems,
    unit::Unit,
    word::{Before, Weight, Word},
    words::{MOST_WORDS, words},
};
