//! Numbers, measures, dates, times and negation: right translations have no finding, wrong ones have the right one.

use triglot::{
    fidelity::{Warning, findings},
    lang::Pair,
};

/// The warnings of a translation, each once.
fn warnings(pair: &str, source: &str, translation: &str) -> Vec<Warning> {
    let pair: Pair = pair.parse().expect("it is a pair");
    let mut found: Vec<Warning> =
        findings(pair, source, translation).into_iter().map(|finding| finding.warning).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Checks that no translation has a finding. Each row: pair, source, translation.
fn right(rows: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(pair, source, translation)| {
            let pair: Pair = pair.parse().expect("it is a pair");
            let found = findings(pair, source, translation);
            (!found.is_empty()).then(|| format!("{pair} {source:?} {translation:?}: {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Checks that each translation has exactly these warnings. Each row: pair, source, translation, warnings.
fn wrong(rows: &[(&str, &str, &str, &[Warning])]) {
    let differ: Vec<String> = rows
        .iter()
        .filter_map(|(pair, source, translation, expected)| {
            let found = warnings(pair, source, translation);
            (found != *expected).then(|| format!("{pair} {source:?} {translation:?}: {found:?}"))
        })
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

const REPLACED: &[Warning] = &[Warning::NumberMissing, Warning::NumberAdded];
const MISSING: &[Warning] = &[Warning::NumberMissing];
const ADDED: &[Warning] = &[Warning::NumberAdded];

#[test]
fn equal_numbers_may_be_written_differently() {
    right(&[
        ("ru-fr", "Сумма составила 5 тыс. юаней.", "La somme est de 5 000 yuans."),
        ("ru-en", "Сумма составила 5 тыс. юаней.", "The sum was five thousand yuan."),
        ("en-ru", "The loan was worth £2bn.", "Кредит составил 2 млрд фунтов стерлингов."),
        ("fr-en", "Le prêt valait 2 Mds$.", "The loan was worth $2 billion."),
        ("fr-ru", "Le prêt valait 2,5 M€.", "Кредит составил 2,5 млн евро."),
        (
            "en-fr",
            "The budget grew by 1,250.5 million dollars.",
            "Le budget a augmenté de 1 250,5 millions de dollars.",
        ),
        ("en-fr", "It has 21 rooms.", "Elle a vingt et une pièces."),
        ("fr-en", "Il y avait soixante-dix-sept personnes.", "There were 77 people."),
        ("en-ru", "There were seventy-seven people.", "Было 77 человек."),
        ("ru-en", "Две тысячи двадцать человек", "2,020 people"),
        ("en-fr", "a hundred people", "100 personnes"),
        ("en-fr", "half of the seats", "50 % des sièges"),
        ("en-ru", "two dozen eggs", "24 яйца"),
        ("fr-en", "une dizaine de blessés", "about ten injured"),
        ("fr-ru", "une centaine de manifestants", "около сотни протестующих"),
        ("ru-en", "полтора года", "a year and a half"),
        ("en-fr", "2.5 million people", "2 millions et demi de personnes"),
        ("en-ru", "from 12,000 to 16,000 roubles", "от 12 до 16 тысяч рублей"),
        ("ru-en", "2 млн 300 тыс. рублей", "2.3 million roubles"),
        ("en-ru", "Norway's five million people", "пятимиллионное население Норвегии"),
        ("en-ru", "a five-year contract", "пятилетний контракт"),
        ("en-fr", "They won 3-1.", "Ils ont gagné 3 à 1."),
        ("ru-fr", "Наши выиграли 3:1.", "Les nôtres ont gagné 3-1."),
        ("en-ru", "in the 1990s", "в 90-е годы"),
        ("fr-en", "dans les années 1990", "in the nineties"),
        ("en-fr", "the 2011/12 season", "la saison 2011-2012"),
        ("en-fr", "Call 495 123-45-67.", "Appelez le 495 1234567."),
        ("ru-en", "15-ти миллионов", "15 million"),
        ("en-ru", "a $90 million budget", "бюджет в $90 миллионов"),
        ("en-fr", "at least 30 centimetres", "d'au moins 30 centimètres"),
        ("en-fr", "between five and ten degrees below zero", "entre -5 et -10 degrés"),
        ("en-fr", "within two weeks", "dans les quinze jours"),
        ("fr-en", "pendant trente ans", "for three decades"),
        ("en-ru", "both of them", "двое из них"),
        ("en-fr", "1 person", "une personne"),
    ]);
}

#[test]
fn another_number_has_a_warning() {
    wrong(&[
        ("ru-fr", "Сумма составила 5 тыс. юаней.", "La somme est de 5 millions de yuans.", REPLACED),
        ("en-fr", "It sold 244,890 tickets.", "Elle a vendu 24 489 billets.", REPLACED),
        ("en-fr", "Five people died.", "Six personnes sont mortes.", REPLACED),
        ("en-ru", "Twelve people died.", "Погибли двадцать человек.", REPLACED),
        ("fr-ru", "Il y avait 3 000 personnes.", "Там было 300 человек.", REPLACED),
        ("fr-en", "Le budget atteint 12 milliards d'euros.", "The budget is 12 million euros.", REPLACED),
        ("ru-en", "Погибли 15 человек, 3 ранены.", "15 people died, 5 were wounded.", REPLACED),
        ("ru-fr", "В 1998 году он уехал.", "En 1989, il est parti.", REPLACED),
        ("en-ru", "It has 300 rooms and 20 halls.", "В нем 20 залов.", MISSING),
        ("fr-en", "Il y avait des gens.", "There were 40 people.", ADDED),
        ("en-fr", "The rate fell to -15.", "Le taux est tombé à 15.", REPLACED),
        ("ru-en", "Рост составил 3,5 процента.", "Growth was 35 percent.", REPLACED),
    ]);
}

#[test]
fn ordinals_and_roman_numerals_are_numbers() {
    right(&[
        ("fr-en", "dans le XVIe arrondissement", "in the 16th arrondissement"),
        ("fr-ru", "au XXIe siècle", "в 21-м веке"),
        ("en-fr", "in the 19th century", "au XIXe siècle"),
        ("en-ru", "in the nineteenth century", "в XIX веке"),
        ("ru-en", "в ХХ веке", "in the twentieth century"),
        ("en-fr", "the twenty-first floor", "le 21e étage"),
        ("ru-fr", "Людовик XIV", "Louis XIV"),
        ("fr-en", "Le 1er mars 2024", "On March 1, 2024"),
        ("en-ru", "World War II", "Вторая мировая война"),
        ("en-fr", "Sport: the third round", "Sport : le 3e tour"),
    ]);
    wrong(&[
        ("fr-en", "dans le XVIe arrondissement", "in the 15th arrondissement", REPLACED),
        ("en-fr", "in the 19th century", "au XVIIIe siècle", REPLACED),
        ("fr-ru", "au XXIe siècle", "в XX веке", REPLACED),
        ("ru-en", "в XIX веке", "in the 18th century", REPLACED),
    ]);
}

#[test]
fn currencies_are_compared_by_meaning() {
    right(&[
        ("ru-fr", "Ущерб составил 40 млрд рублей.", "Les dégâts s'élèvent à 40 milliards de roubles."),
        ("ru-en", "Билет стоит 500 руб.", "A ticket costs 500 rubles."),
        ("en-ru", "It cost US$40.", "Это стоило 40 долларов."),
        ("en-fr", "It cost EUR 20 million.", "Il a coûté 20 millions d'euros."),
        ("fr-en", "L'amende s'élève à 7 500 $.", "The fine is $7,500."),
        ("fr-ru", "Il coûte 5 livres sterling.", "Он стоит 5 фунтов."),
        ("en-fr", "It weighs 5 pounds.", "Il pèse 5 livres."),
        ("en-fr", "from 5 to 10 dollars", "de 5 dollars à 10 dollars"),
        ("ru-en", "5 евроцентов", "5 euro cents"),
        ("ru-fr", "300 гривен", "300 hryvnias"),
        ("en-ru", "20 yen", "20 иен"),
        ("fr-en", "Il a payé 50 centimes.", "He paid 50 cents."),
        ("en-fr", "16,000 wreaths", "16 000 couronnes"),
    ]);
    let money: &[Warning] = &[Warning::Currency];
    wrong(&[
        (
            "ru-fr",
            "Ущерб составил 40 млрд рублей.",
            "Les dégâts s'élèvent à 40 milliards de couronnes.",
            money,
        ),
        ("ru-en", "Билет стоит 500 рублей.", "A ticket costs $500.", money),
        ("en-ru", "It cost $40.", "Это стоило 40 рублей.", money),
        ("en-fr", "It cost £5.", "Il a coûté 5 euros.", money),
        ("fr-ru", "Il coûte 12 euros.", "Он стоит 12 долларов.", money),
        ("fr-en", "Le budget a augmenté de 12,5 %.", "The budget grew by $12.5%.", money),
        ("en-fr", "It cost 40 dollars.", "Il a coûté 40.", money),
        ("en-fr", "The dollar fell.", "L'euro a baissé.", money),
        ("ru-fr", "Он получил 20 тыс. юаней.", "Il a reçu 20 000 yens.", money),
    ]);
}

#[test]
fn units_are_compared_by_meaning() {
    right(&[
        ("en-fr", "12 ft wide and 300 yards long", "12 pieds de large et 300 yards de long"),
        ("en-ru", "over 26.2 miles", "более 26,2 мили"),
        ("en-fr", "a 20-acre farm", "une ferme de 20 acres"),
        ("en-fr", "It was 72°F.", "Il faisait 72 °F."),
        ("en-ru", "95 degrees Fahrenheit", "95 градусов по Фаренгейту"),
        ("ru-en", "75 кв. метров", "75 square metres"),
        ("fr-en", "à 120 km/h", "at 120 km/h"),
        ("ru-fr", "8733-километровый перелет", "un vol de 8 733 kilomètres"),
        ("en-ru", "at an elevation of 450 m", "на высоте 450 м"),
        ("ru-en", "в 19-м веке", "in the 19th century"),
        ("en-fr", "20 per cent", "20 %"),
        ("ru-fr", "20 процентов", "20 pour cent"),
        ("en-fr", "a 5-year-old boy", "un garçon de 5 ans"),
        ("fr-en", "24 heures sur 24", "24 hours a day"),
        ("en-ru", "2 tonnes of grain", "2 т зерна"),
    ]);
    let unit: &[Warning] = &[Warning::Unit];
    wrong(&[
        ("en-fr", "It is 12 ft wide.", "Il fait 12 pouces de large.", unit),
        ("en-ru", "It is 26 miles away.", "Это в 26 километрах.", unit),
        ("fr-en", "Il pèse 5 kilogrammes.", "It weighs 5 tonnes.", unit),
        ("ru-en", "Площадь составляет 20 гектаров.", "The area is 20 acres.", unit),
        ("en-fr", "It was 72°F.", "Il faisait 72 °C.", unit),
        ("fr-ru", "Le prix a augmenté de 5 %.", "Цена выросла на 5.", unit),
        ("en-ru", "He waited 5 years.", "Он ждал 5 месяцев.", unit),
        ("ru-fr", "Ему дали 10 лет.", "Il a pris 10 jours.", unit),
        ("en-fr", "a fall of 7 points", "une baisse de 7 %", unit),
    ]);
}

#[test]
fn days_and_months_are_compared() {
    right(&[
        ("ru-en", "Закрыто в июне, июле и сентябре.", "Closed in June, July and September."),
        ("fr-en", "Le vote a lieu lundi et mercredi.", "The vote takes place on Monday and Wednesday."),
        ("en-ru", "on Sunday, March 3", "в воскресенье, 3 марта"),
        ("en-fr", "03/04/2025", "le 3 avril 2025"),
        ("en-ru", "The Sunday edition", "воскресный номер"),
        ("ru-fr", "в среду", "mercredi"),
        ("ru-en", "в окружающей среде", "in the environment"),
        ("en-ru", "You may march.", "Вы можете идти."),
        ("en-fr", "June Smith wrote it.", "June Smith l'a écrit."),
        ("fr-en", "sept personnes", "seven people"),
        ("en-fr", "every Friday", "tous les vendredis"),
        ("fr-ru", "Mars est une planète.", "Марс — это планета."),
        ("en-ru", "mid-June", "середина июня"),
    ]);
    let date: &[Warning] = &[Warning::Date];
    wrong(&[
        (
            "ru-fr",
            "Голосование пройдёт в понедельник, подсчёт в среду, а итоги — в пятницу.",
            "Le vote se déroulera lundi, mardi, mercredi et jeudi.",
            date,
        ),
        ("fr-en", "Le vote a lieu vendredi.", "The vote takes place on Thursday.", date),
        ("fr-ru", "Elle arrive mardi.", "Она приедет в четверг.", date),
        ("en-fr", "It closes on Tuesday.", "Elle ferme mercredi.", date),
        ("en-ru", "It opened in July.", "Он открылся в июне.", date),
        ("ru-en", "Он приедет 4 марта.", "He arrives on 4 May.", date),
        ("ru-fr", "Закрыто в воскресенье.", "C'est fermé.", date),
        ("fr-en", "Il est venu.", "He came on Monday.", date),
    ]);
}

#[test]
fn times_of_day_are_compared() {
    right(&[
        ("en-fr", "at 2 p.m.", "à 14 h"),
        ("en-fr", "at 6:30 p.m.", "à 18 h 30"),
        ("en-ru", "at 6:30 pm", "в 18:30"),
        ("fr-en", "à 18h30", "at 6:30 p.m."),
        ("fr-ru", "à 9 heures du matin", "в 9 утра"),
        ("ru-en", "в 2 часа дня", "at 2 p.m."),
        ("ru-fr", "в 9 вечера", "à 21 h"),
        ("fr-en", "de 9 h à 18 h", "from 9 a.m. to 6 p.m."),
        ("fr-en", "Il était 9 h.", "It was 9 o'clock."),
        ("ru-en", "в 9 часов", "at 9 o'clock"),
        ("en-ru", "at 9 in the morning", "в 9 часов утра"),
        ("en-ru", "from 9pm", "с 21.00"),
        ("en-fr", "for 1.5 hours", "pendant 1h30"),
        ("ru-en", "2 дня", "2 days"),
        ("fr-en", "Il a travaillé 35 heures.", "He worked 35 hours."),
        ("en-fr", "at noon", "à midi"),
    ]);
    let time: &[Warning] = &[Warning::Time];
    wrong(&[
        ("fr-en", "Il était 9 h.", "It was 9 a.m.", time),
        ("en-fr", "The race is at 6:30 p.m.", "La course est à 6 h 30.", time),
        ("fr-ru", "La course est à 18 h 30.", "Гонка начнется в 18:20.", time),
        ("en-ru", "The match is at 2 p.m.", "Матч начнется в 15:00.", time),
        ("ru-en", "Матч в 9 утра.", "The match is at 9 p.m.", time),
    ]);
}

#[test]
fn a_lost_or_an_added_negation_has_a_warning() {
    right(&[
        ("en-fr", "He did not resign.", "Il n'a pas démissionné."),
        ("en-ru", "Nobody was hurt.", "Никто не пострадал."),
        ("fr-ru", "Il n'a jamais parlé.", "Он никогда не говорил."),
        ("en-fr", "He was unable to come.", "Il n'a pas pu venir."),
        ("ru-en", "Он не согласился.", "He refused."),
        ("en-fr", "He has no money.", "Il est sans argent."),
        ("fr-en", "Il ne reste que deux places.", "Only two places are left."),
        ("en-ru", "Not only the mayor came.", "Приехал не только мэр."),
    ]);
    let negation: &[Warning] = &[Warning::Negation];
    wrong(&[
        ("en-fr", "He did not resign.", "Il a démissionné.", negation),
        ("en-ru", "The mayor will not sign the treaty.", "Мэр подпишет договор.", negation),
        ("fr-en", "Il n'a jamais rencontré le maire.", "He met the mayor.", negation),
        ("fr-ru", "Le maire a signé le traité.", "Мэр не подписал договор.", negation),
        ("ru-en", "Президент не приехал в город.", "The president came to the city.", negation),
        ("ru-fr", "Он не приехал.", "Il est venu.", negation),
    ]);
}

#[test]
fn words_left_in_the_source_language_have_a_warning() {
    right(&[
        (
            "en-ru",
            "He reads the News of the World every week.",
            "Он каждую неделю читает газету News of the World.",
        ),
        (
            "en-ru",
            "Use \"near field communication\" here.",
            "Используйте \"near field communication\" здесь.",
        ),
        ("en-fr", "It was a fait accompli.", "C'était un fait accompli."),
        ("fr-en", "Il a lu Le Monde des livres.", "He read Le Monde des livres."),
    ]);
    let half: &[Warning] = &[Warning::HalfTranslated];
    wrong(&[
        (
            "en-ru",
            "Great match tonight 😆 Guess who scored!",
            "Отличная игра сегодня 😆 Guess who scored!",
            half,
        ),
        (
            "en-fr",
            "The mayor said that the council would meet in the large hall.",
            "Le maire a déclaré que the council would meet in the large hall.",
            half,
        ),
        (
            "fr-en",
            "Le maire a dit que le conseil se réunit dans la grande salle.",
            "The mayor of the city said after the meeting that le conseil se réunit dans la grande salle.",
            half,
        ),
        (
            "ru-en",
            "Мэр сказал, что совет собирается сегодня.",
            "The mayor said that совет собирается today.",
            half,
        ),
    ]);
}

#[test]
fn a_finding_says_what_was_expected_and_what_was_found() {
    let pair: Pair = "ru-fr".parse().expect("it is a pair");
    let found =
        findings(pair, "Ущерб составил 40 млрд рублей.", "Les dégâts atteignent 40 milliards de couronnes.");
    let [finding] = &found[..] else { panic!("{found:?}") };
    assert_eq!(finding.warning, Warning::Currency);
    assert_eq!(
        (finding.expected.as_str(), finding.found.as_str()),
        ("40 млрд рублей", "40 milliards de couronnes")
    );
}
