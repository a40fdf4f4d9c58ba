//! Rules replace the wrong numbers, measures, days and times of a translation, and leave right ones alone.

use proptest::prelude::*;
use triglot::{
    fidelity::{findings, repairs},
    lang::{Language, Pair},
};

/// Checks the repaired translations, and that they have no finding left. Each row: pair, source, translation, repaired.
/// No-break spaces count as spaces.
fn repaired(rows: &[(&str, &str, &str, &str)]) {
    let spaces = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(pair, source, translation, expected)| {
            let pair: Pair = pair.parse().expect("it is a pair");
            let text = repairs(pair, source, translation).apply(translation);
            let left = findings(pair, source, &text);
            let good = spaces(&text) == *expected && left.is_empty();
            (!good).then(|| format!("{pair} {source:?} {text:?}: {left:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_only_wrong_number_is_replaced() {
    repaired(&[
        (
            "ru-fr",
            "Сумма — 5 тыс. юаней.",
            "Le montant est de 5 millions de yuans.",
            "Le montant est de 5 000 yuans.",
        ),
        (
            "en-fr",
            "It sold 244,890 tickets.",
            "Elle a vendu 24 489 billets.",
            "Elle a vendu 244 890 billets.",
        ),
        (
            "en-fr",
            "The budget grew by 1,250.5 million dollars.",
            "Le budget a augmenté de 1,250,5 millions de dollars.",
            "Le budget a augmenté de 1 250,5 millions de dollars.",
        ),
        ("en-fr", "There are 2,000 people.", "Il y a 2,000 personnes.", "Il y a 2 000 personnes."),
        ("en-ru", "The loan was £2bn.", "Кредит составил 2 млн фунтов.", "Кредит составил 2 млрд фунтов."),
        (
            "fr-en",
            "Il a coûté 12 milliards d'euros.",
            "It cost 12 million euros.",
            "It cost 12 billion euros.",
        ),
        ("fr-en", "dans le XVIe arrondissement", "in the 15th arrondissement", "in the 16th arrondissement"),
        ("en-fr", "in the 21st century", "au XXe siècle", "au XXIe siècle"),
        ("ru-en", "В 1998 году он уехал.", "He left in 1989.", "He left in 1998."),
        ("ru-fr", "Там 3,5 тысячи человек.", "Il y a 35 000 personnes.", "Il y a 3 500 personnes."),
        (
            "en-fr",
            "It has 3 million users.",
            "Il a 3 milliards d'utilisateurs.",
            "Il a 3 millions d'utilisateurs.",
        ),
        ("fr-ru", "Il y a 3 000 personnes.", "Там 300 человек.", "Там 3 000 человек."),
    ]);
}

#[test]
fn a_wrong_currency_is_replaced_in_its_form() {
    repaired(&[
        (
            "ru-fr",
            "Ущерб — 40 млрд рублей.",
            "Le dégât est de 40 milliards de couronnes.",
            "Le dégât est de 40 milliards de roubles.",
        ),
        (
            "fr-ru",
            "Le prêt valait 2 Mds$.",
            "Кредит составил 2 млн. рублей.",
            "Кредит составил 2 млрд. долларов.",
        ),
        ("en-ru", "It costs $21.", "Это стоит 21 рубль.", "Это стоит 21 доллар."),
        ("en-ru", "It costs $22.", "Это стоит 22 рубля.", "Это стоит 22 доллара."),
        ("en-ru", "It costs 5 pounds.", "Это стоит 5 евро.", "Это стоит 5 фунтов."),
        ("fr-ru", "Il coûte 5 euros.", "Он стоит 5 долларов.", "Он стоит 5 евро."),
        (
            "en-fr",
            "It cost €5 million.",
            "Il a coûté 5 millions de dollars.",
            "Il a coûté 5 millions d'euros.",
        ),
        (
            "en-fr",
            "It cost $5 million.",
            "Il a coûté 5 millions d'euros.",
            "Il a coûté 5 millions de dollars.",
        ),
        ("ru-en", "Это стоит 40 млрд рублей.", "It costs $40 billion.", "It costs ₽40 billion."),
        ("fr-en", "Le prix est de 12 €.", "The price is $12.", "The price is €12."),
        ("ru-en", "Это стоит 40 юаней.", "It costs $40.", "It costs 40 yuan."),
        (
            "fr-en",
            "L'amende s'élève à 7 500 $ et le budget a augmenté de 12,5 %.",
            "The fine is $7,500 and the budget increased by $12.5%.",
            "The fine is $7,500 and the budget increased by 12.5%.",
        ),
    ]);
}

#[test]
fn a_wrong_unit_is_replaced() {
    repaired(&[
        ("en-fr", "It is 12 ft wide.", "Il fait 12 pouces de large.", "Il fait 12 pieds de large."),
        ("en-ru", "It is 26 miles away.", "Это 26 километров отсюда.", "Это 26 миль отсюда."),
        ("ru-en", "Площадь — 20 гектаров.", "The area is 20 acres.", "The area is 20 hectares."),
        ("fr-ru", "Il pèse 3 tonnes.", "Он весит 3 килограмма.", "Он весит 3 тонны."),
        ("en-ru", "He waited 5 years.", "Он ждал 5 месяцев.", "Он ждал 5 лет."),
    ]);
}

#[test]
fn a_wrong_day_or_month_is_replaced_in_its_case() {
    repaired(&[
        (
            "fr-en",
            "Le vote a lieu vendredi.",
            "The vote takes place on Thursday.",
            "The vote takes place on Friday.",
        ),
        ("fr-ru", "Elle arrive mardi.", "Она приедет в четверг.", "Она приедет во вторник."),
        ("en-ru", "He comes on Wednesday.", "Он приедет во вторник.", "Он приедет в среду."),
        ("en-ru", "It opened in July.", "Он открылся в июне.", "Он открылся в июле."),
        ("en-ru", "It opened on 4 July.", "Он открылся 4 июня.", "Он открылся 4 июля."),
        ("ru-fr", "Он приедет 4 марта.", "Il arrive le 4 mai.", "Il arrive le 4 mars."),
        ("ru-en", "до понедельника", "until Tuesday", "until Monday"),
        ("en-ru", "until Friday", "до среды и пятницы", "до среды и пятницы"),
        (
            "ru-fr",
            "Голосование пройдёт в понедельник, подсчёт — в среду.",
            "Le vote aura lieu lundi, le dépouillement mardi.",
            "Le vote aura lieu lundi, le dépouillement mercredi.",
        ),
    ]);
}

#[test]
fn a_wrong_time_is_replaced_and_written_as_the_language_does() {
    repaired(&[
        ("fr-en", "Il était 9 h.", "It was 9 a.m.", "It was 9 o'clock."),
        ("en-fr", "The race is at 6:30 p.m.", "La course est à 6:30 p.m.", "La course est à 18 h 30."),
        ("en-ru", "The race is at 6:30 p.m.", "Гонка в 6:30 p.m.", "Гонка в 18:30."),
        ("en-fr", "The race is at 6:30 p.m.", "La course est à 6 h 30.", "La course est à 18 h 30."),
        ("en-ru", "It is at 2 p.m. on Monday.", "Это в 15:00 в понедельник.", "Это в 14:00 в понедельник."),
        ("fr-en", "La course est à 18 h 30.", "The race is at 6:20 p.m.", "The race is at 6:30 p.m."),
        ("en-fr", "The race is at 2 p.m.", "La course est à 2 heures du soir.", "La course est à 14 h."),
        (
            "en-fr",
            "The race is at 8 p.m.",
            "La course est à 8 heures du soir.",
            "La course est à 8 heures du soir.",
        ),
        ("ru-en", "Матч в 9 утра.", "The match is at 9 p.m.", "The match is at 9 a.m."),
    ]);
}

#[test]
fn right_translations_are_not_touched() {
    for (pair, source, translation) in [
        (
            "en-fr",
            "It sold 244,890 tickets at 2 p.m. on Monday.",
            "Elle a vendu 244 890 billets à 14 h lundi.",
        ),
        ("en-ru", "It cost $5 million in July.", "Это стоило 5 млн долларов в июле."),
        ("ru-en", "Погибли трое из пяти.", "Three of the five died."),
        ("fr-en", "Sans chiffres.", "Without figures."),
    ] {
        let edits = repairs(pair.parse().expect("it is a pair"), source, translation);
        assert!(edits.is_empty(), "{pair} {source:?}: {edits:?}");
    }
}

#[test]
fn a_copy_stays_a_copy() {
    let text = "The council has 3,000 members.";
    assert!(repairs("en-fr".parse().expect("it is a pair"), text, text).is_empty());
}

/// A number as the language writes it, and a noun after it.
fn sentence(language: Language, number: u64) -> String {
    let digits = number.to_string();
    let mark = match language {
        Language::English => ",",
        Language::French => "\u{202f}",
        Language::Russian => "\u{a0}",
    };
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push_str(mark);
        }
        grouped.push(digit);
    }
    match language {
        Language::English => format!("There are {grouped} houses."),
        Language::French => format!("Il y a {grouped} maisons."),
        Language::Russian => format!("Там {grouped} домов."),
    }
}

proptest! {
    #[test]
    fn a_number_survives_every_direction(number in 2u64..10_000_000_000) {
        for pair in Pair::all() {
            let (source, target) = (sentence(pair.source, number), sentence(pair.target, number));
            prop_assert_eq!(findings(pair, &source, &target), []);
        }
    }

    #[test]
    fn a_wrong_number_is_replaced_by_the_right_one(right in 20_000u64..10_000_000_000, wrong in 20_000u64..10_000_000_000) {
        prop_assume!(right != wrong);
        for pair in Pair::all() {
            let (source, target) = (sentence(pair.source, right), sentence(pair.target, wrong));
            let repaired = repairs(pair, &source, &target).apply(&target);
            prop_assert_eq!(repaired, sentence(pair.target, right));
        }
    }

    #[test]
    fn any_text_can_be_compared(source in "\\PC{0,80}", translation in "[0-9a-zA-Zа-я .,:$€%'h-]{0,80}") {
        for pair in Pair::all() {
            let edits = repairs(pair, &source, &translation);
            let repaired = edits.apply(&translation);
            findings(pair, &repaired, &source);
        }
    }
}
