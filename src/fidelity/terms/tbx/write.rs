//! Writes terms as TBX of 2019, dialect TBX-Basic.

use std::io::{self, Write};

use quick_xml::{
    events::{BytesDecl, BytesText, Event},
    writer::Writer as XmlWriter,
};

use super::{super::Term, KEEP};
use crate::{
    lang::{Language, Pair},
    xml::one_line,
};

/// Writes a termbase with a concept for each term. A term without a target has the words of its source in both languages, and a note.
///
/// # Errors
/// Those of the output.
pub fn write<W: Write>(out: W, title: &str, pair: Pair, terms: &[Term]) -> io::Result<()> {
    let mut xml = XmlWriter::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = [
        ("xmlns", "urn:iso:std:iso:30042:ed-2"),
        ("type", "TBX-Basic"),
        ("style", "dca"),
        ("xml:lang", pair.source.code()),
    ];
    xml.create_element("tbx").with_attributes(root).write_inner_content(|xml| {
        header(xml, title)?;
        xml.create_element("text").write_inner_content(|xml| {
            let body = xml.create_element("body");
            body.write_inner_content(|xml| {
                terms.iter().enumerate().try_for_each(|(at, term)| concept(xml, at + 1, pair, term))
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    let mut out = xml.into_inner();
    out.write_all(b"\n")?;
    out.flush()
}

fn header<W: Write>(xml: &mut XmlWriter<W>, title: &str) -> io::Result<()> {
    let source = concat!("Exported by triglot ", env!("CARGO_PKG_VERSION"), ".");
    xml.create_element("tbxHeader").write_inner_content(|xml| {
        xml.create_element("fileDesc").write_inner_content(|xml| {
            xml.create_element("titleStmt").write_inner_content(|xml| text(xml, "title", title))?;
            xml.create_element("sourceDesc").write_inner_content(|xml| text(xml, "p", source))?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

fn concept<W: Write>(xml: &mut XmlWriter<W>, number: usize, pair: Pair, term: &Term) -> io::Result<()> {
    let target = if term.is_kept() { &term.source } else { &term.target };
    let id = format!("c{number}");
    xml.create_element("conceptEntry").with_attribute(("id", id.as_str())).write_inner_content(|xml| {
        if term.is_kept() {
            text(xml, "note", KEEP)?;
        }
        section(xml, pair.source, &term.source)?;
        section(xml, pair.target, target)
    })?;
    Ok(())
}

fn section<W: Write>(xml: &mut XmlWriter<W>, language: Language, term: &str) -> io::Result<()> {
    let section = xml.create_element("langSec").with_attribute(("xml:lang", language.code()));
    section.write_inner_content(|xml| {
        xml.create_element("termSec").write_inner_content(|xml| text(xml, "term", term))?;
        Ok(())
    })?;
    Ok(())
}

fn text<W: Write>(xml: &mut XmlWriter<W>, name: &str, content: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&one_line(content)))?;
    Ok(())
}
