//! The fields of a request in the contracts of others: from JSON, a form, or the query of the address.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::{Map, Value};
use tonic::Status;
use url::form_urlencoded;

use crate::wire::FieldError;

/// Bytes that a value takes in a tree of JSON, beside its text: an object of one field is the largest for its length.
const VALUE: usize = 400;

/// One text or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

/// The fields of a request. A field of the body goes before one of the query, and a field that comes several times is a list.
pub fn read(query: &str, content_type: &str, body: &[u8]) -> Result<Map<String, Value>, Status> {
    let mut fields = form(query.as_bytes());
    let content_type = content_type.to_ascii_lowercase();
    // curl says that everything is a form, and no field of a form here begins with a brace.
    let is_json = !content_type.starts_with("application/x-www-form-urlencoded") || body.starts_with(b"{");
    if content_type.starts_with("multipart/") {
        return Err(invalid("it must be JSON or an urlencoded form, not a multipart form".to_owned()));
    } else if !is_json {
        fields.extend(form(body));
    } else if !body.is_empty() {
        let body = serde_json::from_slice::<Map<String, Value>>(body);
        fields.extend(body.map_err(|error| invalid(format!("it is no JSON object: {error}")))?);
    }
    // A null means the same as no field.
    fields.retain(|_, value| !value.is_null());
    Ok(fields)
}

/// The memory that a body takes when it has been read, in bytes, about: its texts, and for each value and name what a tree has for it.
pub fn weight(body: &[u8]) -> usize {
    let (mut values, mut in_text, mut is_escaped) = (0, false, false);
    for byte in body {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'{' | b'[' | b'&' if !in_text => values += 1,
            _ => {}
        }
    }
    2 * body.len() + VALUE * values
}

/// The fields of a contract; it does not matter whether there are others.
pub fn typed<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Status> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| invalid(error.to_string()))
}

fn invalid(problem: String) -> Status {
    FieldError::new("body", problem).into()
}

fn form(form: &[u8]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(form) {
        let value = Value::String(value.into_owned());
        match fields.get_mut(&*name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => _ = fields.insert(name.into_owned(), value),
        }
    }
    fields
}

/// A number, which forms write as a text.
pub fn number<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    let value = Value::deserialize(value)?;
    let number = match &value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|number| number.try_into().ok()),
    };
    number.ok_or_else(|| D::Error::custom("a number must be whole and not negative"))
}

/// Yes or no, which forms write as a text, and some clients as a number.
pub fn flag<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    match Value::deserialize(value)? {
        Value::Bool(flag) => Ok(flag),
        Value::String(text) if matches!(&*text, "true" | "1") => Ok(true),
        Value::String(text) if matches!(&*text, "false" | "0" | "") => Ok(false),
        Value::Number(number) if number.as_u64() == Some(1) => Ok(true),
        Value::Number(number) if number.as_u64() == Some(0) => Ok(false),
        _ => Err(D::Error::custom("a switch must be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Fields {
        q: Texts,
        #[serde(default, deserialize_with = "number")]
        alternatives: u32,
        #[serde(default, deserialize_with = "flag")]
        html: bool,
    }

    #[test]
    fn a_form_and_json_have_the_same_fields() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        let read = |kind, body: &str| -> Fields {
            let fields = read("q=of+the+query", kind, body.as_bytes()).expect("it can be read");
            typed(fields).expect("it is valid")
        };
        for fields in [
            read(form, "q=l%27%C3%A9t%C3%A9&q=b+c&alternatives=2&html=1"),
            read(form, r#"{"q": ["l'été", "b c"], "alternatives": 2, "html": true}"#),
            read("application/json", r#"{"q": ["l'été", "b c"], "alternatives": 2, "html": true}"#),
        ] {
            assert_eq!((fields.alternatives, fields.html), (2, true));
            assert_eq!(fields.q.into_vec(), ["l'été", "b c"]);
        }
        assert_eq!(read("", r#"{"alternatives": null}"#).q.into_vec(), ["of the query"]);
    }

    #[test]
    fn a_body_weighs_what_its_tree_takes() {
        let text = format!("{{\"q\": \"{}\"}}", "a, b [c] {d} ".repeat(1000));
        assert!(weight(text.as_bytes()) < 2 * text.len() + 2 * VALUE, "what stands in a text is no value");
        let objects = format!("[{}]", "{\"\":0},".repeat(1000));
        assert!(weight(objects.as_bytes()) > 1000 * 2 * VALUE);
        let escaped = br#""a\",[""#;
        assert_eq!(weight(escaped), 2 * escaped.len(), "an escaped mark ends no text");
    }

    #[test]
    fn what_has_no_fields_is_refused() {
        for body in ["[]", "{", "5", "\u{0}", r#"{"q": 5}"#, r#"{"q": "a", "alternatives": -1}"#] {
            let fields = read("", "application/json", body.as_bytes()).and_then(typed::<Fields>);
            assert!(fields.is_err(), "{body}");
        }
    }
}
