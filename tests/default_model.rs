//! The default model translates in all six directions, over gRPC, line by line. Its answers do not depend on other calls.

use std::sync::LazyLock;

use futures::future::join_all;
use tokio::runtime::Runtime;
use triglot::{
    engine::{Engine, Job},
    lang::{Language, Pair},
    text::{Detection, detect},
    translate::{Request, Translator},
    wire::proto::{TranslateRequest, translation_service_client::TranslationServiceClient},
};

use crate::support;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));
static TRANSLATOR: LazyLock<Translator> =
    LazyLock::new(|| support::translator(support::loaded_default_model()));

fn article(language: Language) -> &'static str {
    match language {
        Language::English => {
            "Storm hits the coast\n\n\tThe storm reached the coast on Sunday night. More than 3,000 people had to leave \
             their homes, the police said.\r\n\r\n  https://weather.example/storm\n"
        }
        Language::French => {
            "La tempête frappe la côte\n\n\tLa tempête a atteint la côte dimanche soir. Plus de 3 000 personnes ont dû \
             quitter leur maison, selon la police.\r\n\r\n  https://weather.example/storm\n"
        }
        Language::Russian => {
            "Шторм обрушился на побережье\n\n\tШторм достиг побережья в воскресенье вечером. Более 3000 человек \
             пришлось покинуть свои дома, сообщила полиция.\r\n\r\n  https://weather.example/storm\n"
        }
    }
}

#[test]
fn an_article_is_translated_in_all_directions() {
    RUNTIME.block_on(async {
        let client = TranslationServiceClient::new(support::serve(TRANSLATOR.clone()).await);
        let calls = Pair::all().map(|pair| {
            let mut client = client.clone();
            async move {
                let request = TranslateRequest {
                    text: article(pair.source).to_owned(),
                    source_language: String::new(),
                    target_language: pair.target.to_string(),
                    options: None,
                };
                (pair, client.translate(request).await.expect("it translates").into_inner())
            }
        });
        for (pair, answer) in join_all(calls).await {
            println!("{pair}: {:?}", answer.translation);
            assert_eq!(answer.detected_language.expect("it is detected").language, pair.source.code());
            assert_eq!(answer.segments.len(), 4, "{pair}");
            let lines: Vec<&str> = answer.translation.split('\n').collect();
            assert_eq!(lines.len(), 6, "{pair}: each line has its line");
            assert_eq!(
                [lines[1], lines[3], lines[4], lines[5]],
                ["", "\r", "  https://weather.example/storm", ""]
            );
            assert!(lines[2].starts_with('\t') && lines[2].ends_with('\r'), "{pair}: the indent is kept");
            let detected = detect(&answer.translation);
            assert!(
                matches!(detected, Detection::Known { language, .. } if language == pair.target),
                "{pair}: {detected:?}: {}",
                answer.translation
            );
            let cyrillic = answer.translation.chars().any(|c| ('а'..='я').contains(&c));
            assert_eq!(cyrillic, pair.target == Language::Russian, "{pair}: {}", answer.translation);
        }
    });
}

#[test]
fn alternatives_are_returned_even_for_a_confident_translation() {
    let pair = Pair { source: Language::English, target: Language::French };
    let job = Job { alternatives: 3, ..Job::new(pair, "The president met the ministers on Monday.") };
    let output = RUNTIME.block_on(TRANSLATOR.engines()[0].run(&job)).expect("it translates");
    assert_eq!(output.alternatives.len(), 3);
}

#[test]
fn a_translation_does_not_depend_on_the_load() {
    const SENTENCES: [&str; 8] = [
        "The president met the ministers on Monday.",
        "Prices rose by 4.2 percent.",
        "\"We will not sign this treaty,\" the ambassador told reporters in Geneva, \"until all prisoners are free.\"",
        "Rain",
        "The museum, which was closed for two years, will open its doors again in the spring with an exhibition of \
         maps, letters and photographs from the first expedition.",
        "He was 45.",
        "Two people were hurt when a tram left the rails near the station.",
        "The court will hear the case in June.",
    ];
    let pair = Pair { source: Language::English, target: Language::Russian };
    let job = |text: &str, beam_size| Job { beam_size: Some(beam_size), ..Job::new(pair, text) };
    let run = async |engine: &Engine, text: &str, beam_size| {
        let output = engine.run(&job(text, beam_size)).await.expect("it translates");
        (output.text, output.score.to_bits(), output.target_tokens)
    };
    RUNTIME.block_on(async {
        let engine = &TRANSLATOR.engines()[0];
        for beam_size in [1, 3] {
            let mut alone = Vec::new();
            for sentence in SENTENCES {
                alone.push(run(engine, sentence, beam_size).await);
            }
            // Three of each sentence, in a batch that has room for only some of them at a time.
            let crowd = SENTENCES.iter().cycle().take(24).map(|sentence| run(engine, sentence, beam_size));
            for (index, output) in join_all(crowd).await.into_iter().enumerate() {
                assert_eq!(output, alone[index % SENTENCES.len()], "beam {beam_size}");
            }
        }
    });
}

#[test]
fn a_quantity_is_right_or_has_a_warning() {
    // Each row: pair, source, words of a right translation. Spaces may be no-break spaces.
    const ROWS: [(&str, &str, &[&str]); 9] = [
        ("ru-fr", "Сумма — 5 тыс. юаней.", &["5 000", "yuan"]),
        ("ru-fr", "Ущерб — 40 млрд рублей.", &["40 milliards", "rouble"]),
        ("fr-ru", "Le prêt valait 2 Mds$.", &["2 млрд", "доллар"]),
        ("en-fr", "The loan was worth £2bn.", &["2 milliards", "livres"]),
        ("fr-en", "L'amende s'élève à 7 500 $ et le budget a augmenté de 12,5 %.", &["$7,500", " 12.5%"]),
        (
            "ru-fr",
            "Голосование пройдёт в понедельник, подсчёт в среду, а итоги — в пятницу.",
            &["lundi", "mercredi", "vendredi"],
        ),
        (
            "fr-en",
            "Le vote a lieu lundi, le dépouillement mercredi et le résultat vendredi.",
            &["Monday", "Wednesday", "Friday"],
        ),
        ("fr-en", "Il était 9 h.", &["9 o'clock"]),
        ("en-fr", "He did not resign.", &["pas"]),
    ];
    let translations = ROWS.map(|(pair, source, words)| async move {
        let pair: Pair = pair.parse().expect("it is a pair");
        let request = Request::new(Some(pair.source), pair.target);
        let translation = TRANSLATOR.text(request, source.to_owned()).await.expect("it translates");
        let text = translation.text.replace(['\u{a0}', '\u{202f}'], " ");
        let warned = translation.segments.iter().any(|segment| !segment.findings.is_empty());
        println!("{pair}: {text:?} {:?}", translation.segments[0].warnings());
        assert!(warned || words.iter().all(|word| text.contains(word)), "{pair}: {text:?}");
    });
    RUNTIME.block_on(join_all(translations));
}
