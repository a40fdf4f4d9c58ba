//! Language detection: it never guesses; a language is known, foreign or unknown.

use triglot::lang::Language::{self, English, French, Russian};
use triglot::text::{Detection, TextError, candidates, detect, detect_prefix};

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

#[test]
fn titles_of_a_few_words_are_detected() {
    for (language, texts) in [
        (
            English,
            &[
                "Fire in Lyon",
                "Minister resigns over budget row",
                "Champions League final tonight",
                "Prices rise again",
                "Two dead after storm",
                "Bridge closed for two years\nRepairs cost $120 million\nShops fear losses",
                "Mayor to face questions",
                "NEW BRIDGE OPENS IN NORTHWICK",
                "Paris: what next for the old town?",
            ][..],
        ),
        (
            French,
            &[
                "Incendie dans un entrepôt",
                "Le ministre démissionne",
                "Grève des trains demain",
                "Deux morts après la tempête",
                "Nouvelle loi sur les loyers",
                "Les prix augmentent encore",
                "Manchester : le maire s'explique",
            ],
        ),
        (
            Russian,
            &[
                "Министр подал в отставку",
                "Пожар в порту Заречья",
                "Цены снова растут",
                "Два человека погибли",
                "Мэр ответит на вопросы",
                "Группа The Northern Lights выступит в Заречье",
            ],
        ),
    ] {
        for text in texts {
            assert_eq!(known(text), Some(language), "{text}: {:?} {:?}", detect(text), candidates(text));
        }
    }
}

#[test]
fn titles_in_other_languages_are_not_taken_for_ours() {
    for text in [
        "La tua password non è corretta",
        "Il ministro si dimette per lo scandalo",
        "Incendio nel porto di Genova",
        "Incendio en el puerto de Valencia",
        "La crisis de los partidos",
        "Huelga de trenes en Madrid mañana",
        "Minister tritt zurück",
        "Streik bei der Bahn geht weiter",
        "Brand in de haven van Rotterdam",
        "Incêndio no porto de Lisboa",
        "Pożar w porcie w Gdańsku",
        "Branden i hamnen är släckt",
        "Bakan istifa etti",
        "Міністр подав у відставку",
        "Пожежа у порту Одеси",
        "Уряд ухвалив новий бюджет",
        "Министърът подаде оставка",
        "Правителството прие новия бюджет",
        "Цената на тока се повишава",
        "Министар поднео оставку",
        "Министерот поднесе оставка",
        "Үкімет жаңа бюджетті бекітті",
    ] {
        assert_eq!(known(text), None, "{text}: {:?}", candidates(text));
    }
}

#[test]
fn candidates_are_ordered_and_begin_with_the_detected_language() {
    for text in [
        "Fire in Lyon",
        "Paris",
        "La police enquête",
        "Цены растут",
        "Пожар",
        "La tua password",
        "12",
        "日本",
    ] {
        let candidates = candidates(text);
        assert!(candidates.iter().all(|(_, score)| *score > 0.0 && *score <= 1.0), "{text}: {candidates:?}");
        assert!(candidates.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{text}: {candidates:?}");
        if let Some(language) = known(text) {
            assert_eq!(candidates[0].0, language, "{text}: {candidates:?}");
        }
    }
    assert!(candidates("12").is_empty() && candidates("日本").is_empty());
}

#[test]
fn a_fallback_does_not_hide_a_foreign_language() {
    let german = "Der Stadtrat hat gestern nach langer Debatte den Haushalt beschlossen.";
    assert_eq!(detect_prefix(german.as_bytes(), Some(French)), Err(TextError::ForeignLanguage));
    assert_eq!(detect_prefix(b"OK", None), Err(TextError::UnknownLanguage));
    assert_eq!(detect_prefix(b"OK", Some(French)).map(|(language, _)| language), Ok(French));
}
