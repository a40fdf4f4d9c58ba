//! JSON Lines: one article a line, in and out. A line comes back with the same fields in the same order, byte for byte but for white
//! space between them; those with text are translated, and `triglot` says how.
//!
//! Other tools name the fields in their own way, so a text may have one of several names.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};

use crate::{
    article::{Article, Text, Texts, Translated},
    lang::Language,
    text::Format,
    translate::Translation,
    wire::ContractName,
};

/// Names of the fields of a text; the first one that a line has is read.
const TITLE: &[&str] = &["title", "headline"];
const LEAD: &[&str] = &["lead", "summary", "description", "teaser"];
const BODY: &[&str] = &["body", "text", "content", "content_html", "content_text"];
const LANGUAGE: &[&str] = &["language", "lang"];

/// A line that is an object: its fields as they are spelled.
#[derive(Debug, Clone)]
pub struct Line(Vec<(String, Box<RawValue>)>);

/// Why a line is no article.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Without the parser's own words, which may quote the text.
    #[error("the line is no JSON object; see its column {0}")]
    Json(usize),
    #[error("the field {0} is no text")]
    NoText(&'static str),
    /// Without the value, which may be text.
    #[error("the format is unknown; use auto, plain, html, xml, markdown or subtitles")]
    Format,
}

impl Line {
    /// Parses a line.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn parse(line: &str) -> Result<Self, LineError> {
        serde_json::from_str(line).map_err(|error| LineError::Json(error.column()))
    }

    /// A line for an article that came from elsewhere.
    pub fn new(article: &Article) -> Self {
        let mut line = Self(Vec::new());
        line.set("id", &article.id);
        let Texts { title, lead, body } = &article.texts;
        for (name, text) in [("title", title), ("lead", lead), ("body", body)] {
            text.iter().for_each(|text| line.set(name, &text.text));
        }
        line
    }

    /// The article, and the language that the line names.
    ///
    /// # Errors
    /// When a field is of another type than it should be.
    pub fn article(&self) -> Result<(Article, Option<Language>), LineError> {
        let format = match self.text(&["format"])? {
            None => Format::Auto,
            Some((_, name)) => format(&name).ok_or(LineError::Format)?,
        };
        let text = |names, format| {
            let text = self.text(names)?;
            Ok::<_, LineError>(text.map(|(name, text)| match name {
                "content_html" => Text { text, format: Format::Html },
                _ => Text { text, format },
            }))
        };
        let (title, lead) = (text(TITLE, Format::Auto)?, text(LEAD, Format::Auto)?);
        let texts = Texts { title, lead, body: text(BODY, format)? };
        let id = match self.get("id").and_then(|id| serde_json::from_str(id.get()).ok()) {
            Some(Value::String(id)) => id,
            Some(Value::Number(id)) => id.to_string(),
            _ => String::new(),
        };
        let language = self.text(LANGUAGE)?.and_then(|(_, code)| code.parse().ok());
        Ok((Article { id, source: None, texts }, language))
    }

    /// The line in another language, or with the reason why it is not.
    pub fn translated(&self, target: Language, result: &Result<Translated, String>) -> String {
        let mut line = self.clone();
        let about = match result {
            Err(reason) => json!({ "target": target.code(), "error": reason }),
            Ok(article) => {
                let Texts { title, lead, body } = &article.texts;
                for (names, text) in [(TITLE, title), (LEAD, lead), (BODY, body)] {
                    if let (Some(name), Some(text)) = (self.name(names), text) {
                        line.set(name, &text.text);
                    }
                }
                line.set(self.name(LANGUAGE).unwrap_or("language"), target.code());
                about(target, article)
            }
        };
        line.set("triglot", &about);
        line.to_string()
    }

    /// Length of all fields, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.get().len()).sum()
    }

    /// The first of these fields that the line has, if it has text.
    fn text(&self, names: &[&'static str]) -> Result<Option<(&'static str, String)>, LineError> {
        let Some(name) = self.name(names) else { return Ok(None) };
        let value = self.get(name).map_or("null", RawValue::get);
        let text: Option<String> = serde_json::from_str(value).map_err(|_| LineError::NoText(name))?;
        Ok(text.filter(|text| !text.is_empty()).map(|text| (name, text)))
    }

    /// The first of these names that the line has.
    fn name(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.get(name).is_some())
    }

    fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| &**value)
    }

    /// Sets a field, in its place or at the end.
    fn set(&mut self, name: &str, value: &(impl serde::Serialize + ?Sized)) {
        // Text and values of JSON can always be written.
        let Ok(value) = to_raw_value(value) else { return };
        match self.0.iter_mut().find(|(field, _)| field == name) {
            Some(field) => field.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("{")?;
        for (at, (name, value)) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(formatter, "{comma}{}:{value}", Value::from(name.as_str()))?;
        }
        formatter.write_str("}")
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Line;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Line, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Line(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// What is told of a translated article.
fn about(target: Language, article: &Translated) -> Value {
    let Texts { title, lead, body } = &article.texts;
    let named = [("title", title), ("lead", lead), ("body", body)];
    let texts = || named.iter().filter_map(|(name, text)| Some((*name, text.as_ref()?)));
    let warnings: Vec<Value> = texts().flat_map(|(name, text)| warnings(name, text)).collect();
    let model = texts().find_map(|(_, text)| text.totals.route.last()).map(|hop| &hop.model);
    let mut about = json!({ "target": target.code(), "model": model, "warnings": warnings });
    if let Some((language, confidence)) = article.detected {
        about["detected"] = json!({ "language": language.code(), "confidence": confidence });
    }
    if article.copied {
        about["copied"] = true.into();
    }
    if let Some(summary) = &article.summary {
        about["summary"] = summary.text.as_str().into();
    }
    about
}

/// The findings of a text, each with the place of its segment in the translation.
fn warnings(text: &str, translation: &Translation) -> Vec<Value> {
    let of = |segment: &crate::translate::Segment| {
        let (start, end) = (segment.target.start, segment.target.end);
        let finding = move |finding: &crate::fidelity::Finding| {
            json!({
                "text": text, "start": start, "end": end, "warning": finding.warning.contract_name(),
                "expected": finding.expected, "found": finding.found,
            })
        };
        segment.findings.iter().map(finding).collect::<Vec<_>>()
    };
    translation.segments.iter().flat_map(of).collect()
}

fn format(name: &str) -> Option<Format> {
    Some(match name {
        "auto" => Format::Auto,
        "plain" | "text" => Format::Plain,
        "html" => Format::Html,
        "xml" => Format::Xml,
        "markdown" => Format::Markdown,
        "subtitles" => Format::Subtitles,
        _ => return None,
    })
}
