use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::xml::EVENT_BYTES;

const BEGIN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
  <header creationtool="x" srclang="en" segtype="sentence" datatype="plaintext"/>
  <body>
"#;
const END: &str = "</body></tmx>";

fn read(bytes: &[u8]) -> Result<Vec<Unit>, TmxError> {
    Units::new(bytes).collect()
}

fn body(units: &str) -> Result<Vec<Unit>, TmxError> {
    read(format!("{BEGIN}{units}{END}").as_bytes())
}

fn unit(pair: &str, source: &str, target: &str) -> Unit {
    Unit { pair: pair.parse().unwrap(), source: source.to_owned(), target: target.to_owned() }
}

#[test]
fn the_header_or_the_unit_names_the_source() {
    let two = |tu: &str| {
        format!(
            "<tu{tu}><tuv xml:lang=\"en-GB\"><seg>Rain.</seg></tuv><tuv lang=\"FR\"><seg>Pluie.</seg></tuv></tu>"
        )
    };
    let (there, back) = (unit("en-fr", "Rain.", "Pluie."), unit("fr-en", "Pluie.", "Rain."));
    assert_eq!(body(&two("")).unwrap(), std::slice::from_ref(&there));
    assert_eq!(body(&two(" srclang=\"fr-FR\"")).unwrap(), std::slice::from_ref(&back));
    let all = BEGIN.replace("srclang=\"en\"", "srclang=\"*all*\"");
    let both = read(format!("{all}{}{END}", two("")).as_bytes()).unwrap();
    assert_eq!(both, [there, back]);
}

#[test]
fn a_unit_has_all_languages_that_triglot_translates() {
    let units = body(
        "<tu tuid=\"1\"><note>A note.</note><prop type=\"x\">y</prop>
        <tuv xml:lang=\"ru\"><seg>Дождь.</seg></tuv><tuv xml:lang=\"de\"><seg>Regen.</seg></tuv>
        <tuv xml:lang=\"en\"><prop type=\"x\">z</prop><seg>Rain.</seg></tuv>
        <tuv xml:lang=\"fr\"><seg>Pluie.</seg></tuv></tu>",
    );
    assert_eq!(units.unwrap(), [unit("en-ru", "Rain.", "Дождь."), unit("en-fr", "Rain.", "Pluie.")]);
}

#[test]
fn tags_and_native_code_are_left_out() {
    let units = body(
        "<tu><tuv xml:lang=\"en\"><seg>The <bpt i=\"1\">&lt;b x=<sub>a footnote</sub>&gt;</bpt>old <hi>stone</hi>
        bridge<ept i=\"1\">&lt;/b&gt;</ept> <ph x=\"1\"/>&amp; the &#x2014;<![CDATA[ <mill>]]></seg></tuv>
        <tuv xml:lang=\"fr\"><seg>Le\u{a0}pont.</seg></tuv></tu>",
    );
    assert_eq!(units.unwrap(), [unit("en-fr", "The old stone bridge & the — <mill>", "Le\u{a0}pont.")]);
}

#[test]
fn utf_16_is_read() {
    let text = format!(
        "{}<tu><tuv xml:lang=\"en\"><seg>Rain.</seg></tuv><tuv xml:lang=\"ru\"><seg>Дождь.</seg></tuv></tu>{END}",
        BEGIN.replace("UTF-8", "UTF-16")
    );
    for (mark, bytes) in [
        ([0xff, 0xfe], text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
        ([0xfe, 0xff], text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ] {
        let units = read(&[&mark[..], &bytes].concat());
        assert_eq!(units.unwrap(), [unit("en-ru", "Rain.", "Дождь.")]);
    }
    let marked = [b"\xef\xbb\xbf", format!("{BEGIN}{END}").as_bytes()].concat();
    assert_eq!(read(&marked).unwrap(), []);
}

#[test]
fn what_is_no_tmx_is_an_error() {
    assert!(matches!(read(b""), Err(TmxError::NotTmx)));
    assert!(matches!(read("Дождь на севере.".as_bytes()), Err(TmxError::NotTmx)));
    assert!(matches!(read(b"<html><p>Rain.</p></html>"), Err(TmxError::NotTmx)));
    let latin = BEGIN.replace("UTF-8", "windows-1251");
    assert!(
        matches!(read(latin.as_bytes()), Err(TmxError::Xml { error: XmlError::Encoding(name), .. }) if name == "windows-1251")
    );
    assert!(matches!(read(b"<tmx><body>\xe9\xe8</body></tmx>"), Err(TmxError::Xml { .. })));
    let unit = "<tu><tuv xml:lang=\"en\"><seg>Rain &rain;.</seg></tuv></tu>";
    assert!(matches!(body(unit), Err(TmxError::Xml { error: XmlError::Entity(name), .. }) if name == "rain"));
    assert!(matches!(body("<tu><tuv xml:lang=\"en\"><seg>Rain.</tuv></tu>"), Err(TmxError::Xml { .. })));
    let cut = format!("{BEGIN}<tu><tuv xml:lang=\"en\"><seg>Rain");
    assert!(matches!(read(cut.as_bytes()), Err(TmxError::Cut(0))));
}

#[test]
fn a_hostile_file_takes_little_memory() {
    let endless = BEGIN.bytes().chain("<tu><tuv xml:lang=\"en\"><seg>".bytes());
    let text = endless.chain(std::iter::repeat_n(b'a', 64 << 20)).collect::<Vec<_>>();
    let mut units = Units::new(&text[..]);
    assert!(matches!(units.next(), Some(Err(TmxError::Xml { .. }))));
    assert!(units.next().is_none());
    assert!(units.events.buffered() < 4 * EVENT_BYTES, "{}", units.events.buffered());
    let many = "<b>a</b>".repeat(100_000);
    let units = body(&format!(
        "<tu><tuv xml:lang=\"en\"><seg>{many}</seg></tuv><tuv xml:lang=\"fr\"><seg>Pluie.</seg></tuv></tu>"
    ));
    assert_eq!(units.unwrap(), [], "a segment that is too long is left out");
}

fn written(units: &[Unit]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::new(&mut file).unwrap();
    units.iter().for_each(|unit| writer.unit(unit).unwrap());
    writer.end().unwrap();
    file
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        units in vec((select(Pair::all().collect::<Vec<_>>()), "\\PC{1,20}", "\\PC{1,20}"), 0..5)
    ) {
        let units: Vec<Unit> = units
            .into_iter()
            .map(|(pair, source, target)| Unit { pair, source: one_line(&source), target: one_line(&target) })
            .filter(|unit| !unit.source.is_empty() && !unit.target.is_empty())
            .collect();
        prop_assert_eq!(read(&written(&units)).unwrap(), units);
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let _ = read(&[BEGIN.as_bytes(), &bytes].concat());
    }
}
