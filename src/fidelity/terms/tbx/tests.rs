use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::lang::Pair;

/// A termbase of 2008 with two languages of triglot and one more.
const OLD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE martif SYSTEM "TBXBasiccoreStructV02.dtd">
<martif type="TBX" xml:lang="en"><martifHeader><fileDesc><titleStmt><title>A test</title></titleStmt></fileDesc></martifHeader>
<text><body>
  <termEntry id="1"><descrip type="subjectField">finance</descrip>
    <langSet xml:lang="en-GB"><tig><term>key <hi>rate</hi></term><termNote type="partOfSpeech">noun</termNote></tig>
      <ntig><termGrp><term>policy&#x20;rate</term></termGrp></ntig></langSet>
    <langSet xml:lang="de"><tig><term>Leitzins</term></tig></langSet>
    <langSet xml:lang="fr"><tig><term>taux de base</term><termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></tig>
      <tig><term>taux d&apos;intérêt directeur</term></tig>
      <tig><term>taux directeur</term><termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></tig></langSet>
  </termEntry>
  <termEntry id="2"><langSet xml:lang="en"><tig><term>weir</term></tig></langSet></termEntry>
</body></text></martif>"#;

/// A termbase of 2019 in the style with the categories as elements.
const NEW: &str = r#"<tbx type="TBX-Basic" style="dct" xml:lang="fr" xmlns="urn:iso:std:iso:30042:ed-2" xmlns:basic="http://www.tbxinfo.net/ns/basic">
<tbxHeader/><text><body><conceptEntry id="c1">
  <langSec xml:lang="fr"><termSec><term>Le Monde</term></termSec></langSec>
  <langSec xml:lang="ru"><termSec><term><![CDATA[«Монд»]]></term><basic:administrativeStatus>supersededTerm-admn-sts</basic:administrativeStatus></termSec>
    <termSec><term>«Ле
      Монд»</term></termSec></langSec>
</conceptEntry></body></text></tbx>"#;

/// The terms of a direction, with `*` as the language for any.
fn shown(bytes: &[u8], pair: &str) -> Result<Vec<(String, String)>, String> {
    let (source, target) = pair.split_once('-').unwrap();
    let base =
        read(bytes, source.parse().ok(), target.parse().unwrap()).map_err(|error| error.to_string())?;
    Ok(base.terms.into_iter().map(|term| (term.source, term.target)).collect())
}

fn terms(terms: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
    Ok(terms.iter().map(|(source, target)| ((*source).to_owned(), (*target).to_owned())).collect())
}

#[test]
fn each_source_term_gets_the_best_target_term() {
    let expected = [("key rate", "taux directeur"), ("policy rate", "taux directeur")];
    assert_eq!(shown(OLD.as_bytes(), "en-fr"), terms(&expected));
    let expected = [
        ("taux de base", "key rate"),
        ("taux d'intérêt directeur", "key rate"),
        ("taux directeur", "key rate"),
    ];
    assert_eq!(shown(OLD.as_bytes(), "fr-en"), terms(&expected));
    assert_eq!(shown(OLD.as_bytes(), "ru-en"), terms(&[]));
    assert_eq!(shown(OLD.as_bytes(), "*-en"), terms(&expected));
    assert_eq!(shown(NEW.as_bytes(), "fr-ru"), terms(&[("Le Monde", "«Ле Монд»")]));
}

#[test]
fn utf_16_is_read() {
    let bytes: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(NEW.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(shown(&bytes, "fr-ru"), terms(&[("Le Monde", "«Ле Монд»")]));
}

/// A concept with one English and one French term.
fn concept(source: &str, target: &str) -> String {
    format!(
        "<conceptEntry><langSec xml:lang=\"en\"><termSec><term>{source}</term></termSec></langSec>\
         <langSec xml:lang=\"fr\"><termSec><term>{target}</term></termSec></langSec></conceptEntry>"
    )
}

fn tbx(concepts: &str) -> String {
    format!("<tbx><text><body>{concepts}</body></text></tbx>")
}

#[test]
fn a_wrong_file_is_an_error_that_says_where() {
    let rain = concept("rain", "pluie");
    let wrong = [
        (String::new(), "it has no <tbx> or <martif> element"),
        ("rain\tpluie\n".to_owned(), "it has no <tbx> or <martif> element"),
        ("<tmx><body/></tmx>".to_owned(), "it has no <tbx> or <martif> element"),
        (OLD.replace("UTF-8", "koi8-r"), "it has the encoding koi8-r; convert it to UTF-8"),
        (OLD.replace("policy", "&policy;"), "after concept 0: the entity &policy; is unknown"),
        (OLD.replace("</termGrp>", ""), "after concept 0: it is not XML"),
        (
            tbx(&rain).replace("</conceptEntry></body></text></tbx>", ""),
            "it ends inside of a concept, after concept 0",
        ),
        (tbx(&format!("{rain}<conceptEntry x")), "after concept 1: it is not XML"),
        (tbx(&"<note>".repeat(100)), "it has more than 64 elements inside of each other"),
        (tbx(&rain.repeat(MOST_TERMS + 1)), "it has more than 10000 terms"),
        (format!("<tbx><text>{}", "a".repeat(2 << 20)), "a tag or a text is too long"),
    ];
    for (text, message) in wrong {
        let error = shown(text.as_bytes(), "en-fr").expect_err(message);
        assert!(error.contains(message), "{error} / {message}");
    }
    assert!(shown(b"<tbx>\xe9\xe8</tbx>", "en-fr").is_err());
}

#[test]
fn entities_of_the_file_never_grow() {
    let bomb = format!(
        "<!DOCTYPE tbx [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;\">]>{}",
        tbx(&concept("&b;", "pluie"))
    );
    assert_eq!(shown(bomb.as_bytes(), "en-fr"), Err("after concept 0: the entity &b; is unknown".to_owned()));
}

#[test]
fn what_cannot_be_a_term_is_counted() {
    let long = "a".repeat(100_000);
    let concepts =
        [concept("…", "pluie"), concept(&long, "pluie"), concept("rain", ""), concept("sun", "soleil")];
    let base = read(tbx(&concepts.concat()).as_bytes(), None, Language::French).unwrap();
    assert_eq!((base.terms.len(), base.left_out), (1, 3));
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        pair in select(Pair::all().collect::<Vec<_>>()),
        words in vec(("\\PC{1,20}", "\\PC{0,20}"), 0..5),
    ) {
        let term = |(source, target): (String, String)| Term::new(&one_line(&source), &one_line(&target)).ok();
        let terms: Vec<Term> = words.into_iter().filter_map(term).collect();
        let mut file = Vec::new();
        write(&mut file, "test", pair, &terms).unwrap();
        let base = read(&file[..], Some(pair.source), pair.target).unwrap();
        prop_assert_eq!(base, Termbase { terms, left_out: 0 });
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..300), at in 0..OLD.len()) {
        let _ = read(&bytes[..], None, Language::French);
        let _ = read(&[&OLD.as_bytes()[..at], &bytes].concat()[..], None, Language::French);
    }
}
