//! Checks which room (top-level module) of `src` uses which. A room may use only lower rooms.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The rooms, lowest first, each with the rooms that it may use. A new room needs a line here.
const ROOMS: &[(&str, &[&str])] = &[
    ("lang", &[]),
    ("telemetry", &[]),
    ("database", &[]),
    ("xml", &[]),
    ("hub", &["lang"]),
    ("text", &["lang"]),
    ("fidelity", &["lang", "text", "xml"]),
    ("tokenizer", &["lang"]),
    ("model", &["tokenizer"]),
    ("decode", &["model"]),
    ("engine", &["lang", "telemetry", "tokenizer", "model", "decode"]),
    ("glossary", &["lang", "fidelity", "database"]),
    ("memory", &["lang", "fidelity", "database", "xml"]),
    (
        "translate",
        &["lang", "telemetry", "text", "fidelity", "decode", "engine", "database", "glossary", "memory"],
    ),
    ("summarize", &["lang", "text", "fidelity", "decode", "engine", "translate"]),
    ("article", &["lang", "text", "translate", "summarize"]),
    ("wire", &["lang", "text", "fidelity", "engine", "glossary", "translate", "summarize", "article"]),
    (
        "server",
        &[
            "lang",
            "telemetry",
            "database",
            "text",
            "fidelity",
            "engine",
            "glossary",
            "translate",
            "summarize",
            "article",
            "wire",
        ],
    ),
    ("loader", &["lang", "hub", "tokenizer", "model", "decode", "engine"]),
    ("queue", &["lang", "article", "wire"]),
    ("worker", &["lang", "article", "translate", "wire", "server", "queue"]),
    ("client", &["queue", "lang", "glossary", "translate", "summarize", "article", "wire"]),
    (
        "feed",
        &["lang", "database", "xml", "text", "fidelity", "engine", "translate", "article", "wire", "client"],
    ),
    (
        "config",
        &[
            "lang",
            "telemetry",
            "hub",
            "text",
            "model",
            "engine",
            "glossary",
            "translate",
            "summarize",
            "server",
            "queue",
            "client",
            "feed",
        ],
    ),
    (
        "app",
        &[
            "lang",
            "database",
            "hub",
            "text",
            "fidelity",
            "model",
            "engine",
            "loader",
            "glossary",
            "memory",
            "translate",
            "queue",
            "client",
            "config",
        ],
    ),
    (
        "cli",
        &[
            "lang",
            "telemetry",
            "hub",
            "text",
            "fidelity",
            "model",
            "engine",
            "loader",
            "database",
            "glossary",
            "memory",
            "translate",
            "summarize",
            "wire",
            "server",
            "article",
            "queue",
            "worker",
            "client",
            "feed",
            "config",
            "app",
        ],
    ),
];

#[test]
fn no_room_uses_a_room_above_it() {
    let src = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let mut wrong = Vec::new();
    for file in files(src) {
        let inside = file.strip_prefix(src).expect("it is found there");
        let Some(room) = room(inside) else { continue };
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("src/{}: the room {room} is not in the table of this test", inside.display()));
            continue;
        };
        let text = fs::read_to_string(&file).expect("source is text");
        let arrows = used(&text).into_iter().filter(|(_, to)| *to != room && !allowed.contains(&to.as_str()));
        wrong.extend(
            arrows.map(|(line, to)| format!("src/{}:{line}: {room} may not use {to}", inside.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_lists_lower_rooms_first() {
    for (at, (room, allowed)) in ROOMS.iter().enumerate() {
        for other in *allowed {
            let below = ROOMS[..at].iter().any(|(name, _)| name == other);
            assert!(below, "{room} may use {other}, which is not above it in the table");
        }
    }
}

#[test]
fn every_form_of_a_use_is_found() {
    let text = "//! As crate::never says.\nuse crate::{\n    lang::{Language, word::Word}, // crate::never\n    text,\n    \
                tokenizer::Tokenizer as Cutter,\n};\nuse crate::decode;\npub(in crate::model) fn f() -> crate::engine::Engine {}\n\
                use my_crate::other;";
    let found: Vec<(usize, String)> = used(text);
    let expected = [(3, "lang"), (4, "text"), (5, "tokenizer"), (7, "decode"), (8, "model"), (8, "engine")];
    assert_eq!(found, expected.map(|(line, room)| (line, room.to_owned())));
}

/// All source files below a folder, sorted by name.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it can be read").path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    let mut all: BTreeSet<PathBuf> = folders.iter().flat_map(|folder| self::files(folder)).collect();
    all.extend(files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")));
    all
}

/// The room of a file below `src`; `None` for the roots of the library and of the program.
fn room(inside: &Path) -> Option<String> {
    let first = inside.iter().next()?.to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(first, "lib.rs" | "main.rs")).then(|| name.to_owned())
}

/// The rooms that a text names after `crate::`, in a path or in a group, with their lines.
fn used(text: &str) -> Vec<(usize, String)> {
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(is_part) {
            continue;
        }
        let start = at + "crate::".len();
        let names = match code[start..].strip_prefix('{') {
            Some(group) => members(group).into_iter().map(|member| start + 1 + member).collect(),
            None => vec![start],
        };
        for start in names {
            let name = &code[start..];
            let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
            found.push((code[..start].matches('\n').count() + 1, name[..end].to_owned()));
        }
    }
    found
}

/// The start of each member of a group of paths.
fn members(group: &str) -> Vec<usize> {
    let (mut depth, mut start) = (0usize, 0);
    let mut members = Vec::new();
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let member = group[start..at].trim_start();
                if !member.is_empty() {
                    members.push(at - member.len());
                }
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    members
}
