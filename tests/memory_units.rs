//! Translations by people come from a TMX file, and take the place of the model's.

use std::{fs, path::Path, process::Stdio};

use tempfile::TempDir;
use triglot::wire::proto::{
    Format, Matches, Term, TranslateOptions, TranslateRequest, TranslateResponse,
    translation_service_client::TranslationServiceClient,
};

use crate::support::process;

const TMX: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<tmx version="1.4">
  <header creationtool="a test" creationtoolversion="1" segtype="sentence" o-tmf="x" adminlang="en" srclang="en" datatype="plaintext"/>
  <body>
    <tu><tuv xml:lang="en-GB"><seg>The old mill burnt down.</seg></tuv>
        <tuv xml:lang="fr"><seg>Le <bpt i="1">&lt;b&gt;</bpt>vieux<ept i="1">&lt;/b&gt;</ept> moulin a brûlé.</seg></tuv></tu>
    <tu><tuv xml:lang="en"><seg>Subscribe today.</seg></tuv><tuv xml:lang="de"><seg>Heute abonnieren.</seg></tuv></tu>
  </body>
</tmx>"#;

/// Runs `triglot memory` with the file, and returns what it prints.
fn memory(arguments: &[&str], file: &Path) -> Result<String, String> {
    let output = process::triglot()
        .arg("memory")
        .args(arguments)
        .arg("--memory-file")
        .arg(file)
        .stdout(Stdio::piped())
        .output()
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// A folder with a memory file that has the units of [`TMX`].
fn imported() -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    let tmx = folder.path().join("units.tmx");
    fs::write(&tmx, TMX).expect("it is written");
    let said = memory(&["import", tmx.to_str().expect("it is text")], &folder.path().join("memory"));
    assert_eq!(said.expect("it imports"), "2 units read: 1 translations added, 0 were there\n");
    folder
}

async fn translated(
    folder: &TempDir,
    text: &str,
    options: TranslateOptions,
    format: Format,
) -> TranslateResponse {
    let file = folder.path().join("memory");
    let file = file.to_str().expect("its name is text");
    let (mut server, address) = process::serving(&["--model", "copy", "--memory-file", file]);
    let request = TranslateRequest {
        text: text.to_owned(),
        source_language: "en".to_owned(),
        target_language: "fr".to_owned(),
        options: Some(options),
        format: format.into(),
    };
    let mut client = TranslationServiceClient::connect(address).await.expect("it answers");
    let response = client.translate(request).await.expect("it is translated").into_inner();
    server.kill().expect("it ends");
    server.wait().expect("it ends");
    response
}

#[tokio::test]
async fn a_unit_is_the_translation_of_its_sentence() {
    let folder = imported();
    let text = "The old\u{a0}mill burnt down. Nobody was hurt.";
    let answer = translated(&folder, text, TranslateOptions::default(), Format::Plain).await;
    assert!(answer.translation.starts_with("Le vieux moulin a brûlé. "), "{}", answer.translation);
    let [mill, other] = &answer.segments[..] else { panic!("{:?}", answer.segments) };
    assert_eq!((mill.score, mill.matches.len(), other.matches.len()), (None, 1, 0));
    assert_eq!(
        (mill.matches[0].source.as_str(), mill.matches[0].similarity),
        ("The old mill burnt down.", 1.0)
    );
    let usage = answer.usage.expect("it is there");
    assert_eq!((usage.matched, usage.remembered), (1, 0));
}

#[tokio::test]
async fn tags_stay_around_a_unit() {
    let folder = imported();
    let html = "<p>The <em>old</em> mill burnt down.</p>";
    let answer = translated(&folder, html, TranslateOptions::default(), Format::Html).await;
    let plain = answer.translation.replace("<em>", "").replace("</em>", "");
    assert_eq!(plain, "<p>Le vieux moulin a brûlé.</p>");
    assert_eq!(answer.translation.matches("<em>").count(), 1);
}

#[tokio::test]
async fn a_unit_without_a_term_of_the_request_is_only_offered() {
    let folder = imported();
    let term = |target: &str| Term { source: "mill".to_owned(), target: target.to_owned() };
    let with = |target| TranslateOptions { terms: vec![term(target)], ..TranslateOptions::default() };
    let text = "The old mill burnt down.";
    let answer = translated(&folder, text, with("moulin"), Format::Plain).await;
    assert_eq!(answer.translation, "Le vieux moulin a brûlé.");
    let used = &answer.segments[0].terms[0];
    let place = used.target.expect("it is there");
    assert_eq!(&answer.translation[place.start as usize..place.end as usize], "moulin");
    let answer = translated(&folder, text, with("minoterie"), Format::Plain).await;
    assert!(answer.translation.contains("minoterie"), "{}", answer.translation);
    assert_eq!((answer.segments[0].matches.len(), answer.usage.expect("it is there").matched), (1, 0));
}

#[tokio::test]
async fn a_request_chooses_its_matches() {
    let folder = imported();
    let with = |matches: Matches| TranslateOptions { matches: matches.into(), ..TranslateOptions::default() };
    let answer = translated(&folder, "The old mill burnt down.", with(Matches::None), Format::Plain).await;
    assert_eq!(answer.translation, "The old mill burnt down.");
    assert!(answer.segments[0].matches.is_empty());
    for (matches, count) in [(Matches::Exact, 0), (Matches::Similar, 1)] {
        let answer = translated(&folder, "The new mill burnt down.", with(matches), Format::Plain).await;
        assert_eq!(answer.translation, "The new mill burnt down.");
        let offered = &answer.segments[0].matches;
        assert_eq!(offered.len(), count);
        assert!(offered.iter().all(|one| one.target == "Le vieux moulin a brûlé." && one.similarity > 0.8));
    }
}

#[test]
fn units_are_exported_as_they_were_imported() {
    let folder = imported();
    let exported = memory(&["export"], &folder.path().join("memory")).expect("it exports");
    assert!(exported.contains("<seg>Le vieux moulin a brûlé.</seg>"), "{exported}");
    let again = folder.path().join("again.tmx");
    fs::write(&again, &exported).expect("it is written");
    let (again, other) = (again.to_str().expect("it is text"), folder.path().join("other"));
    let said = memory(&["import", again], &other).expect("it imports");
    assert_eq!(said, "1 units read: 1 translations added, 0 were there\n");
    let said = memory(&["import", again], &other).expect("it imports");
    assert_eq!(said, "1 units read: 0 translations added, 1 were there\n");
    assert_eq!(memory(&["export"], &other).expect("it exports"), exported);
}

#[test]
fn a_file_that_is_no_tmx_changes_nothing() {
    let folder = imported();
    let file = folder.path().join("memory");
    let before = memory(&["export"], &file).expect("it exports");
    let wrong = folder.path().join("wrong.tmx");
    let cut = TMX.split_at(TMX.find("<tuv xml:lang=\"de\"").expect("it is there")).0;
    for (text, message) in
        [("A text.", "it has no <tmx> element"), (cut, "it ends inside of a unit, after unit 1")]
    {
        fs::write(&wrong, text).expect("it is written");
        let error = memory(&["import", "--replace", wrong.to_str().expect("it is text")], &file);
        let error = error.expect_err("it is refused");
        assert!(error.contains(message), "{error}");
    }
    assert_eq!(memory(&["export"], &file).expect("it exports"), before);
}
