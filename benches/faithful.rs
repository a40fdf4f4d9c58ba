//! Measures the check of written summaries, for the figures in docs/benchmarks.md:
//!
//! ```sh
//! cargo bench --bench faithful -- FILE.jsonl en|fr|ru
//! ```
//!
//! Every line of the file has a `text` and a `summary` by its editors. Prints three shares: summary sentences that their own
//! article supports; summary sentences that three other articles support, which should be none; and article sentences that
//! their own article supports.

use std::{collections::BTreeMap, error::Error, fs};

use serde::Deserialize;
use triglot::{
    lang::Language,
    summarize::faithful::{Article, Unsupported},
    text::{Limits, PieceKind, split},
};

/// Distances to the other articles in the file.
const OTHERS: [usize; 3] = [1, 7, 13];

#[derive(Deserialize)]
struct Line {
    text: String,
    summary: String,
}

/// Supported sentences of all sentences.
#[derive(Default)]
struct Share {
    supported: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, supported: bool) {
        self.supported += usize::from(supported);
        self.all += 1;
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = 100.0 * self.supported as f64 / self.all.max(1) as f64;
        write!(out, "{} of {} ({share:.1} %)", self.supported, self.all)
    }
}

fn sentences(text: &str, language: Language) -> Vec<String> {
    let pieces = split(text, language, Limits::default()).into_iter();
    pieces.filter(|piece| matches!(piece.kind, PieceKind::Sentence(_))).map(|piece| piece.text).collect()
}

fn reason(unsupported: &Unsupported) -> &'static str {
    match unsupported {
        Unsupported::Number(_) => "number",
        Unsupported::Date(_) => "date",
        Unsupported::Name(_) => "name",
        Unsupported::Content(_) => "content",
        Unsupported::Word(_) => "word",
        Unsupported::Negation => "negation",
        Unsupported::Role => "role",
        Unsupported::Empty => "nothing to check",
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds the flag --bench.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [file, language] = arguments.as_slice() else {
        eprintln!("usage: cargo bench --bench faithful -- FILE.jsonl en|fr|ru");
        return Ok(());
    };
    let language: Language = language.parse()?;
    let file = fs::read_to_string(file)?;
    let lines: Vec<Line> = file.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let texts: Vec<Vec<String>> = lines.iter().map(|line| sentences(&line.text, language)).collect();
    let articles: Vec<Article> =
        texts.iter().map(|text| Article::new(language, text.iter().map(String::as_str))).collect();
    let (mut own, mut other, mut itself) = (Share::default(), Share::default(), Share::default());
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        for sentence in sentences(&line.summary, language) {
            let checked = articles[index].check(&sentence);
            own.count(checked.is_ok());
            if let Err(unsupported) = checked {
                *refused.entry(reason(&unsupported)).or_default() += 1;
            }
            for far in OTHERS {
                other.count(articles[(index + far) % articles.len()].check(&sentence).is_ok());
            }
        }
        for sentence in &texts[index] {
            itself.count(articles[index].check(sentence).is_ok());
        }
    }
    println!("summaries, supported by their own article: {own}; refused for {refused:?}");
    println!("summaries, supported by other articles:    {other}");
    println!("articles, supported by themselves:         {itself}");
    Ok(())
}
