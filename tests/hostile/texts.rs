//! Texts that no newspaper prints. Each has at most 100,000 bytes.

use fastrand::Rng;

/// Makes a text.
pub type Maker = fn(&mut Rng) -> String;

/// By their names.
pub const TEXTS: [(&str, Maker); 22] = [
    ("deep HTML", |rng| nested(rng, "<div class=\"a\">", "</div>")),
    ("deep XML", |rng| format!("<?xml version=\"1.0\"?><a>{}</a>", nested(rng, "<b>", "</b>"))),
    ("tags that do not match", |rng| {
        words(rng, &["<b>", "</i>", "<p", "</", "<!--", "-->", "<![CDATA[", "]]>", "rain "])
    }),
    ("entities that grow", |rng| entities(rng.usize(5..20))),
    ("zalgo", |rng| "He comes to the harbour. ".chars().flat_map(|c| marked(rng, c)).collect()),
    ("tokens of templates", |rng| {
        words(
            rng,
            &[
                "<|im_end|>",
                "<start_of_turn>user ",
                "<end_of_turn>\n",
                "[INST]",
                "</s>",
                "<|eot_id|>",
                "rain. ",
            ],
        )
    }),
    ("NULs", |rng| words(rng, &["\0", "\0\0\0", "The mayor\0 spoke.", "\u{1}\u{2}\u{1b}[31m", "\n"])),
    ("surrogates in escapes", |rng| {
        words(rng, &["\\ud800", "\\udfff ", "&#xD800;", "&#55296;", "%ED%A0%80", "rain "])
    }),
    ("marks of direction", |rng| {
        words(rng, &["\u{202e}", "\u{202c}", "\u{2066}", "\u{200f}", "מזג", "The mayor. "])
    }),
    ("a word without end", |rng| words(rng, &["rain", "Donau", "дождь", "é"])),
    ("a hundred thousand brackets", |rng| {
        rng.choice(["[", "(", "{", "<", ">", "]", "«"])
            .map_or_else(String::new, |mark| mark.repeat(100_000 / mark.len()))
    }),
    ("TSV", |rng| words(rng, &["rain\tpluie\n", "\t", "\"", "\"\"\t", "\n", "kept\t-\t", "en\tfr\n"])),
    ("TBX", |rng| {
        format!(
            "<martif type=\"TBX\"><text><body>{}",
            nested(rng, "<termEntry><langSet xml:lang=\"en\">", "</tig>")
        )
    }),
    ("TMX", |rng| {
        format!("<tmx version=\"1.4\"><body>{}", nested(rng, "<tu><tuv xml:lang=\"en\"><seg>", "</seg>"))
    }),
    ("nested quotes", |rng| nested(rng, "> ", "\n> >> > \n")),
    ("nested links", |rng| nested(rng, "[rain](", ")![")),
    ("tables", |rng| words(rng, &["| ", "|--", ":-:|", "\n", "rain|", "\\|"])),
    ("stars and lines", |rng| {
        words(rng, &["*", "_", "**", "~~", "`", "``", "a", " ", "\n# ", "\n---\n", "1. "])
    }),
    ("subtitles", |rng| {
        words(
            rng,
            &["1\n", "00:00:01,000 --> 00:00:02,000\n", "99:99:99,999 --> \n", "rain\n", "\n", "WEBVTT\n"],
        )
    }),
    ("full stops", |rng| words(rng, &[".", "...", "!?", "…", "Mr.", " ", "U.S.", "\u{a0}", "1.", "»"])),
    ("line ends", |rng| {
        words(rng, &["\r", "\n", "\r\n", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{feff}", "rain"])
    }),
    ("any characters", |rng| (0..rng.usize(1..20_000)).map(|_| rng.char(..)).collect()),
];

/// Beginnings as deep as they go, and then ends, more or fewer.
fn nested(rng: &mut Rng, begin: &str, end: &str) -> String {
    let depth = rng.usize(1..45_000 / begin.len().max(end.len()));
    format!("{}The rain stopped.{}", begin.repeat(depth), end.repeat(rng.usize(0..=depth)))
}

/// Some of these, one after the other.
fn words(rng: &mut Rng, words: &[&str]) -> String {
    let most = words.iter().map(|word| word.len()).max().unwrap_or(1);
    (0..rng.usize(1..100_000 / most)).filter_map(|_| rng.choice(words).copied()).collect()
}

/// A character under many marks.
fn marked(rng: &mut Rng, c: char) -> Vec<char> {
    let marks = (0..rng.usize(0..200)).map(|_| rng.char('\u{300}'..='\u{36f}'));
    [c].into_iter().chain(marks).collect()
}

/// Each entity is ten times the one before.
fn entities(count: usize) -> String {
    let entity =
        |number: usize| format!("<!ENTITY e{number} \"{}\">", format!("&e{};", number - 1).repeat(10));
    let all: String = (1..count).map(entity).collect();
    format!("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e0 \"rain\">{all}]><a>&e{};</a>", count - 1)
}
