//! The description of `/v1` for tools (OpenAPI 3.1), made of the descriptors of the contract: names, types and comments are those of the
//! proto files.

use std::collections::BTreeMap;

use prost_reflect::{Cardinality, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{
    HttpError,
    contract::Contract,
    v1::{CALLS, Call},
};

/// The whole document.
pub fn document(contract: &Contract) -> Result<Value, HttpError> {
    let mut schemas = Schemas::default();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for call in &CALLS {
        let operation = operation(contract, call, &mut schemas)?;
        paths.entry(call.path).or_default().insert(verb(call).to_owned(), operation);
    }
    schemas.add(contract.status());
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "triglot",
            "version": env!("CARGO_PKG_VERSION"),
            "description": env!("CARGO_PKG_DESCRIPTION"),
            "license": {"name": env!("CARGO_PKG_LICENSE")},
        },
        "paths": paths,
        "components": {
            "schemas": schemas.done,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        // A server without keys wants none.
        "security": [{}, {"key": []}],
    }))
}

fn verb(call: &Call) -> &'static str {
    use axum::routing::MethodFilter;
    [
        (MethodFilter::GET, "get"),
        (MethodFilter::PUT, "put"),
        (MethodFilter::PATCH, "patch"),
        (MethodFilter::DELETE, "delete"),
    ]
    .into_iter()
    .find(|(verb, _)| *verb == call.verb)
    .map_or("post", |(_, name)| name)
}

fn operation(contract: &Contract, call: &Call, schemas: &mut Schemas) -> Result<Value, HttpError> {
    let method = contract.method(call.name)?;
    let (input, output) = (method.input(), method.output());
    let has_body = !matches!(verb(call), "get" | "delete");
    let in_path = |field: &FieldDescriptor| call.path.contains(&format!("{{{}}}", field.name()));
    let mut parameters: Vec<Value> = input
        .fields()
        .filter(|field| in_path(field) || !has_body)
        .map(|field| {
            let place = if in_path(&field) { "path" } else { "query" };
            json!({
                "name": field.json_name(),
                "in": place,
                "required": place == "path",
                "description": comment(&field.parent_message().parent_file(), field.path()),
                "schema": schemas.single(&field),
            })
        })
        .collect();
    let body = match call.body.and_then(|name| input.get_field_by_name(name)) {
        Some(field) => {
            parameters
                .push(json!({"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}));
            schemas.single(&field)
        }
        None => schemas.reference(&input),
    };
    let mut content = json!({"application/json": {"schema": schemas.reference(&output)}});
    let mut description = comment(&method.parent_service().parent_file(), method.path());
    if let Some(events) = &call.events {
        let events = contract.method(events.name)?.output();
        content["text/event-stream"] = json!({"schema": {"type": "string"}});
        let names: Vec<String> = events.fields().map(|field| field.name().to_owned()).collect();
        for field in events.fields() {
            schemas.single(&field);
        }
        description.push_str(&format!(
            " With `Accept: text/event-stream`, the answer is a stream of events as the text is worked on, each named after its message: {}; an `error` has a Status.",
            names.join(", ")
        ));
    }
    let error = json!({
        "description": "An error.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}},
    });
    let mut operation = json!({
        "operationId": method.name(),
        "summary": method.name(),
        "description": description,
        "parameters": parameters,
        "responses": {"200": {"description": "The answer.", "content": content}, "default": error},
    });
    if has_body {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": body}}});
    }
    Ok(operation)
}

/// The types that the document has named so far.
#[derive(Default)]
struct Schemas {
    done: BTreeMap<String, Value>,
}

impl Schemas {
    /// A reference to a message, which is described once.
    fn reference(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(schema) = well_known(message.full_name()) {
            return schema;
        }
        self.add(message);
        json!({"$ref": format!("#/components/schemas/{}", name(message.full_name()))})
    }

    fn add(&mut self, message: &MessageDescriptor) {
        let name = name(message.full_name());
        if self.done.contains_key(&name) {
            return;
        }
        // A message that contains itself finds its name here.
        self.done.insert(name.clone(), Value::Null);
        let file = message.parent_file();
        let properties: Map<String, Value> =
            message.fields().map(|field| (field.json_name().to_owned(), self.field(&field, &file))).collect();
        let schema = json!({
            "type": "object",
            "description": comment(&file, message.path()),
            "properties": properties,
        });
        self.done.insert(name, schema);
    }

    fn field(&mut self, field: &FieldDescriptor, file: &FileDescriptor) -> Value {
        let mut schema = match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let value = self.single(&entry.map_entry_value_field());
                json!({"type": "object", "additionalProperties": value})
            }
            _ if field.cardinality() == Cardinality::Repeated => {
                json!({"type": "array", "items": self.single(field)})
            }
            _ => self.single(field),
        };
        schema["description"] = comment(file, field.path()).into();
        schema
    }

    /// The type of one value of a field.
    fn single(&mut self, field: &FieldDescriptor) -> Value {
        match field.kind() {
            Kind::Message(message) => self.reference(&message),
            Kind::Enum(values) => self.values(&values),
            Kind::String => json!({"type": "string"}),
            Kind::Bytes => json!({"type": "string", "format": "byte"}),
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Float | Kind::Double => json!({"type": "number"}),
            // JSON has no exact numbers of 64 bits, so the mapping writes them as strings.
            Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64 => {
                json!({"type": "string", "format": "int64"})
            }
            _ => json!({"type": "integer", "format": "int32"}),
        }
    }

    fn values(&mut self, values: &EnumDescriptor) -> Value {
        let name = name(values.full_name());
        let file = values.parent_file();
        self.done.entry(name.clone()).or_insert_with(|| {
            let lines: Vec<String> = values
                .values()
                .map(|value| format!("`{}`: {}", value.name(), comment(&file, value.path())))
                .collect();
            let names: Vec<String> = values.values().map(|value| value.name().to_owned()).collect();
            let description = format!("{}\n\n{}", comment(&file, values.path()), lines.join("\n\n"));
            json!({"type": "string", "enum": names, "description": description})
        });
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// A message whose JSON is no object with its fields.
fn well_known(name: &str) -> Option<Value> {
    match name {
        "google.protobuf.Duration" => {
            Some(json!({"type": "string", "description": "Seconds, such as 1.5s."}))
        }
        "google.protobuf.Any" => Some(json!({"type": "object", "properties": {"@type": {"type": "string"}}})),
        _ => None,
    }
}

/// The name of a type without its package.
fn name(full: &str) -> String {
    full.trim_start_matches("triglot.v1.").trim_start_matches("google.rpc.").to_owned()
}

/// The comment before something in a proto file, as one paragraph.
fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let locations = file.file_descriptor_proto().source_code_info.iter().flat_map(|info| &info.location);
    let comment =
        locations.filter(|location| location.path == path).find_map(|at| at.leading_comments.as_deref());
    comment.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
