//! Language detection: it never guesses; a language is known, foreign or unknown.

use triglot::lang::Language::{self, English, French, Russian};
use triglot::text::{Detection, detect};

fn known(text: &str) -> Option<Language> {
    match detect(text) {
        Detection::Known { language, confidence } => {
            assert!((0.0..=1.0).contains(&confidence), "{text}: {confidence}");
            Some(language)
        }
        _ => None,
    }
}

#[test]
fn sentences_and_plain_headlines_are_detected() {
    for (language, texts) in [
        (
            English,
            &[
                "The council kept the old baths open after a long debate.",
                "Share of the budget",
                "Why we need the ferry",
            ][..],
        ),
        (
            French,
            &[
                "Le conseil a gardé la vieille piscine ouverte après un long débat.",
                "La police enquête sur l'incendie du port",
            ],
        ),
        (Russian, &["Совет после долгих споров сохранил старый бассейн.", "Цены растут", "Итоги выборов"]),
    ] {
        for text in texts {
            assert_eq!(known(text), Some(language), "{text}: {:?}", detect(text));
        }
    }
}

#[test]
fn other_languages_are_foreign() {
    for text in [
        "El ayuntamiento aprobó ayer las cuentas del próximo año tras un largo debate.",
        "Der Stadtrat hat gestern nach langer Debatte den Haushalt beschlossen.",
        "Il consiglio comunale ha approvato ieri il bilancio dopo un lungo dibattito.",
        "A câmara municipal aprovou ontem o orçamento após um longo debate.",
        "Rada miasta przyjęła wczoraj budżet po długiej debacie.",
        "Міська рада вчора ухвалила бюджет після тривалих дебатів.",
        "Градско веће је јуче усвојило буџет после дуге расправе.",
        "Гарадскі савет учора прыняў бюджэт пасля доўгай спрэчкі.",
        "Общинският съвет прие вчера бюджета за следващата година след дълъг дебат, който продължи до късно през нощта.",
        "市議会は昨日予算案を可決した。",
    ] {
        assert_eq!(detect(text), Detection::Foreign, "{text}");
    }
}

#[test]
fn a_text_without_clear_signs_is_unknown() {
    for text in [
        "",
        " \n",
        "12:30",
        "***",
        "OK",
        "Paris",
        "ABBA",
        "BBC",
        "GMT",
        "© AP",
        "Emmanuel Macron",
        "Jean Dupont",
        "Путин",
        "Москва",
        "https://example.org/the/of/and",
        "New York",
    ] {
        assert_eq!(detect(text), Detection::Unknown, "{text}");
    }
}

#[test]
fn only_the_beginning_of_a_text_counts() {
    let english = "The ferry came back to the island with bread and letters. ".repeat(100);
    let long = english.clone() + &"Паром вернулся на остров с хлебом и письмами. ".repeat(1000);
    assert_eq!(detect(&long), detect(&english));
}
