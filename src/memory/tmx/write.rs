//! Writes units as TMX.

use std::io::{self, Write};

use quick_xml::{
    events::{BytesDecl, BytesStart, BytesText, Event},
    writer::Writer as XmlWriter,
};

use crate::{lang::Language, memory::Unit};

/// Writes a file of units. Without [`Writer::end`] the file is cut.
pub struct Writer<W: Write> {
    xml: XmlWriter<W>,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(out: W) -> io::Result<Self> {
        let mut xml = XmlWriter::new_with_indent(out, b' ', 2);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        xml.write_event(Event::Start(BytesStart::new("tmx").with_attributes([("version", "1.4")])))?;
        let header = [
            ("creationtool", "triglot"),
            ("creationtoolversion", env!("CARGO_PKG_VERSION")),
            ("segtype", "sentence"),
            ("o-tmf", "triglot"),
            ("adminlang", "en"),
            ("srclang", "*all*"),
            ("datatype", "plaintext"),
        ];
        xml.create_element("header").with_attributes(header).write_empty()?;
        xml.write_event(Event::Start(BytesStart::new("body")))?;
        Ok(Self { xml })
    }

    /// Writes a unit.
    ///
    /// # Errors
    /// Those of the output.
    pub fn unit(&mut self, Unit { pair, source, target }: &Unit) -> io::Result<()> {
        let element = self.xml.create_element("tu").with_attribute(("srclang", pair.source.code()));
        element.write_inner_content(|xml| {
            variant(xml, pair.source, source)?;
            variant(xml, pair.target, target)
        })?;
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Those of the output.
    pub fn end(mut self) -> io::Result<()> {
        self.xml.write_event(Event::End(BytesStart::new("body").to_end()))?;
        self.xml.write_event(Event::End(BytesStart::new("tmx").to_end()))?;
        let mut out = self.xml.into_inner();
        out.write_all(b"\n")?;
        out.flush()
    }
}

fn variant<W: Write>(xml: &mut XmlWriter<W>, language: Language, text: &str) -> io::Result<()> {
    let element = xml.create_element("tuv").with_attribute(("xml:lang", language.code()));
    element.write_inner_content(|xml| {
        xml.create_element("seg").write_text_content(BytesText::new(text)).map(drop)
    })?;
    Ok(())
}
