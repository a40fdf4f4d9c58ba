use proptest::prelude::*;

use super::*;

/// `~` stands for a no-break space and `_` for a narrow one.
fn shown(text: &str) -> String {
    text.replace(NO_BREAK, "~").replace(NARROW, "_")
}

fn set(pair: &str, source: &str, output: &str) -> String {
    let pair = pair.parse().unwrap();
    let edits = typography(pair, source, output).0;
    let once = edits.apply(output);
    let twice = typography(pair, source, &once).0.apply(&once);
    assert_eq!(once, twice, "{pair}: a second application changes {output:?}");
    shown(&once)
}

fn check(rows: &[(&str, &str, &str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .map(|(pair, source, output, expected)| (expected, set(pair, source, output), pair, source))
        .filter(|(expected, text, ..)| **expected != text)
        .map(|(expected, text, pair, source)| {
            format!("{pair} {source}\n  expected {expected}\n  found    {text}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn quotes_are_those_of_the_target() {
    check(&[
        (
            "en-fr",
            "\"The plan is ready,\" she said.",
            "\"Le plan est prêt\", a-t-elle dit.",
            "«~Le plan est prêt~», a-t-elle dit.",
        ),
        ("en-fr", "“Yes,” he said.", "“Oui”, dit-il.", "«~Oui~», dit-il."),
        (
            "en-fr",
            "\"Will it work? Yes!\"",
            "\"Est-ce qu'il va marcher ? Oui!\"",
            "«~Est-ce qu'il va marcher_? Oui_!~»",
        ),
        ("en-fr", "He read \"War and Peace\".", "Il a lu « Guerre et Paix ».", "Il a lu «~Guerre et Paix~»."),
        (
            "en-fr",
            "She said: \"He told me 'no'.\"",
            "Elle a dit: \"Il m'a dit 'non'.\"",
            "Elle a dit~: «~Il m'a dit “non”.~»",
        ),
        (
            "ru-fr",
            "«План готов», — сказала она.",
            "\"Le plan est prêt\", a-t-elle dit.",
            "«~Le plan est prêt~», a-t-elle dit.",
        ),
        (
            "ru-fr",
            "Он назвал это «„новым“ началом».",
            "Il a appelé cela « un \"nouveau\" départ ».",
            "Il a appelé cela «~un “nouveau” départ~».",
        ),
        (
            "fr-ru",
            "« Le plan est prêt », a-t-elle dit.",
            "\"План готов\", - сказала она.",
            "«План готов»,~— сказала она.",
        ),
        ("en-ru", "\"We won,\" he said.", "\"Мы победили,\" сказал он.", "«Мы победили», сказал он."),
        ("en-ru", "He said, \"We won.\"", "Он сказал: \"Мы победили.\"", "Он сказал: «Мы победили»."),
        (
            "en-ru",
            "“We’re not done,” he said — “it’s only ‘phase one’ …”",
            "\"Мы не завершили\", — сказал он — \"это только 'phase one'\".",
            "«Мы не завершили»,~— сказал он~— «это только „phase one“…»",
        ),
        ("en-ru", "Minister: 'no deal'", "Министр: 'никакой сделки'", "Министр: «никакой сделки»"),
        ("en-ru", "The \"Star\" of 'Dawn'", "\"Звезда\" 'Рассвета'", "«Звезда» «Рассвета»"),
        ("fr-en", "« Oui », dit-il.", "\"Yes\", he said.", "“Yes”, he said."),
        ("fr-en", "\"Oui\", dit-il.", "« Yes », he said.", "\"Yes\", he said."),
        ("ru-en", "«Да», — сказал он.", "\"Yes,\" he said.", "“Yes,” he said."),
        ("ru-en", "\"Да\", - сказал он.", "“Yes,” he said.", "\"Yes,\" he said."),
        (
            "ru-en",
            "Газета «Вечер» пишет.",
            "The newspaper 'Evening' writes.",
            "The newspaper “Evening” writes.",
        ),
        (
            "ru-en",
            "«Он сказал „да“», — пишет она.",
            "\"He said 'yes'\", she writes.",
            "“He said ‘yes’”, she writes.",
        ),
        ("en-fr", "\"Yes, now,\" he said.", "\" Oui, maintenant \", dit-il.", "«~Oui, maintenant~», dit-il."),
        ("en-fr", "He said \"yes\".", "Il a dit \" oui \".", "Il a dit «~oui~»."),
        ("en-fr", "The team", "L\"équipe", "L'équipe"),
        ("ru-en", "Он сказал \"да\".", "He said ``yes''.", "He said \"yes\"."),
    ]);
}

#[test]
fn apostrophes_and_primes_are_no_quotes() {
    check(&[
        (
            "fr-en",
            "Les droits des ouvriers",
            "The workers' rights aren't 'new'",
            "The workers' rights aren't \"new\"",
        ),
        ("ru-en", "Ему 90", "rock 'n' roll of the '90s", "rock 'n' roll of the '90s"),
        ("en-fr", "He is 6'2\" tall.", "Il mesure 6'2\".", "Il mesure 6'2\"."),
        ("en-fr", "It’s the mayor’s plan.", "C'est l'idée du maire.", "C’est l’idée du maire."),
        ("en-fr", "It's the mayor's plan.", "C’est l’idée du maire.", "C'est l'idée du maire."),
        ("fr-en", "L’ami n’est pas là.", "The friend isn't here.", "The friend isn’t here."),
        ("ru-en", "Он не «друг».", "He isn't a \"friend\".", "He isn’t a “friend”."),
        ("ru-fr", "Он не друг.", "Il n'est pas l’ami.", "Il n'est pas l’ami."),
    ]);
}

#[test]
fn a_lost_mark_is_put_back_where_the_source_has_it() {
    check(&[
        ("en-fr", "\"We won.\"", "\"Nous avons gagné.", "«~Nous avons gagné.~»"),
        ("en-fr", "\"We won.\"", "Nous avons gagné.\"", "«~Nous avons gagné.~»"),
        ("en-ru", "\"We won.\"", "Мы победили.", "«Мы победили»."),
        ("en-ru", "\"We won,\" he said.", "\"Мы победили, сказал он.", "«Мы победили», сказал он."),
        ("en-ru", "\"We won,\" he said.", "Мы победили\", сказал он.", "«Мы победили», сказал он."),
        (
            "fr-ru",
            "« Est-ce que ça marchera ? » dit-il.",
            "\"Как это будет? сказал он.",
            "«Как это будет?» сказал он.",
        ),
        ("fr-ru", "Le club « Zenit » gagne.", "Клуб «Zenit победил.", "Клуб «Zenit» победил."),
        ("ru-en", "Он сказал: «Да».", "He said: \"Yes.", "He said: “Yes”."),
        ("ru-fr", "Он сказал: «Да».", "Il a dit: \"Oui.", "Il a dit~: «~Oui~»."),
        (
            "fr-ru",
            "« Le plan est prêt », a-t-elle dit. « Est-ce que ça marchera ? Oui ! »",
            "\"Планируется\", - сказала она. \"Как это будет?\" Да! »",
            "«Планируется»,~— сказала она. «Как это будет? Да!»",
        ),
    ]);
}

#[test]
fn a_mark_without_a_mate_is_removed_and_reported() {
    let pair = "en-ru".parse().unwrap();
    let (source, output) = ("The paper says \"no\" to plans.", "Газета говорит \"нет планам.");
    let (edits, findings) = typography(pair, source, output);
    assert_eq!(edits.apply(output), "Газета говорит нет планам.");
    let [finding] = &findings[..] else { panic!("one finding: {findings:?}") };
    assert_eq!((finding.warning, finding.found.as_str()), (crate::fidelity::Warning::UnpairedQuote, "\""));
}

#[test]
fn a_quotation_over_several_sentences_keeps_its_single_marks() {
    check(&[
        ("en-fr", "\"We won.", "\"Nous avons gagné.\"", "«~Nous avons gagné."),
        ("en-fr", "\"We won.", "Nous avons gagné.", "«~Nous avons gagné."),
        ("en-fr", "\"We won.", "« Nous avons gagné.", "«~Nous avons gagné."),
        ("en-ru", "We will go on.\"", "\"Мы продолжим.\"", "Мы продолжим»."),
        ("en-ru", "We will go on.\"", "Мы продолжим.", "Мы продолжим»."),
        ("en-ru", "We will go on,\" he said.", "\"Мы продолжим\", сказал он.", "Мы продолжим», сказал он."),
        ("en-ru", "We will go on,\" he said.", "Мы продолжим, сказал он.", "Мы продолжим», сказал он."),
        ("ru-en", "«Мы победили.", "\"We won.\"", "“We won."),
        ("fr-en", "Nous continuerons », dit-il.", "We will go on\", he said.", "We will go on”, he said."),
        (
            "en-fr",
            "We call it \"new\" now,\" he said.",
            "On dit \"neuf\" maintenant\", dit-il.",
            "On dit “neuf” maintenant~», dit-il.",
        ),
    ]);
}

#[test]
fn dashes_are_those_of_the_target() {
    check(&[
        ("en-ru", "Paris - the capital", "Париж - столица", "Париж~— столица"),
        ("en-ru", "Paris – the capital", "Париж – столица", "Париж~— столица"),
        ("en-ru", "Paris—the capital", "Париж—столица", "Париж~— столица"),
        ("en-ru", "Paris is the capital", "Париж -- столица", "Париж~— столица"),
        ("fr-ru", "— Oui, dit-il.", "- Да, - сказал он.", "— Да,~— сказал он."),
        ("fr-ru", "Nord-Est, 5 - 10", "Северо-восток, 5 - 10", "Северо-восток, 5 - 10"),
        ("ru-fr", "Париж — столица", "Paris - la capitale", "Paris — la capitale"),
        ("ru-fr", "— Да, — сказал он.", "- Oui, dit-il.", "— Oui, dit-il."),
        ("en-fr", "The plan – a good one – works", "Le plan - bon - marche", "Le plan – bon – marche"),
        ("en-fr", "The plan—a good one—works", "Le plan—bon—marche", "Le plan — bon — marche"),
        ("ru-en", "Париж — столица", "Paris - capital", "Paris — capital"),
        ("fr-en", "Le plan – bon – marche", "The plan — a good one — works", "The plan – a good one – works"),
        ("fr-en", "Le plan - bon", "The plan - good", "The plan - good"),
        ("en-ru", "- First item", "- Первый пункт", "- Первый пункт"),
        ("en-ru", "a 2019–20 season", "сезон 2019–20", "сезон 2019–20"),
    ]);
}

#[test]
fn the_end_of_the_sentence_is_that_of_the_source() {
    check(&[
        (
            "fr-ru",
            "Faillite d'une banque: les leçons d'un échec",
            "Потеря банка: уроки отчаяния.",
            "Потеря банка: уроки отчаяния",
        ),
        (
            "ru-fr",
            "Крах банка: уроки одного провала",
            "La ruine de la banque: une leçon.",
            "La ruine de la banque~: une leçon",
        ),
        ("en-fr", "The bank failed.", "La banque a échoué", "La banque a échoué."),
        ("en-ru", "The bank failed.", "Банк обанкротился", "Банк обанкротился."),
        ("en-ru", "Did the bank fail?", "Банк обанкротился.", "Банк обанкротился?"),
        ("en-fr", "What a day!", "Quelle journée", "Quelle journée_!"),
        ("en-fr", "And then...", "Et puis.", "Et puis..."),
        ("en-fr", "And then…", "Et puis...", "Et puis…"),
        ("ru-en", "И тогда...", "And then…", "And then..."),
        ("ru-en", "И тогда…", "And then", "And then…"),
        ("ru-en", "Почему растёт море", "Why is the sea rising?", "Why is the sea rising?"),
        ("ru-en", "Цена 5 руб.", "The price is 5 roubles", "The price is 5 roubles"),
        ("en-ru", "Price in roubles", "Цена в руб.", "Цена в руб."),
        ("en-fr", "He said:", "Il a dit.", "Il a dit~:"),
        ("en-fr", "When he came,", "Quand il est venu.", "Quand il est venu,"),
        ("fr-en", "(Il est parti.)", "(He left)", "(He left.)"),
        ("ru-en", "Он сказал: «Да».", "He said: \"Yes\"", "He said: “Yes”."),
        ("en-ru", "He asked: \"Who?\"", "Он спросил: \"Кто?\".", "Он спросил: «Кто?»."),
        ("fr-en", "Vraiment ?!", "Really?", "Really?!"),
        ("en-fr", "Rain in the north", "Pluie au nord!", "Pluie au nord"),
    ]);
}

#[test]
fn spaces_before_marks_are_those_of_the_target() {
    check(&[
        ("en-fr", "Who? Me! Yes; no: well.", "Qui? Moi! Oui; non: bien.", "Qui_? Moi_! Oui_; non~: bien."),
        ("en-fr", "Who? Me!", "Qui ? Moi !", "Qui_? Moi_!"),
        ("en-fr", "At 10:30, 3:1 (!)", "À 10:30, 3:1 (!)", "À 10:30, 3:1 (!)"),
        (
            "en-fr",
            "See https://example.org/?a=b: yes",
            "Voir https://example.org/?a=b: oui",
            "Voir https://example.org/?a=b~: oui",
        ),
        ("en-fr", "Hi {name}: go!", "Salut {name}: va!", "Salut {name}~: va_!"),
        ("fr-en", "Qui ? Moi ! Oui ; non : bien.", "Who ? Me ! Yes ; no : well.", "Who? Me! Yes; no: well."),
        ("fr-ru", "Qui ? Moi !", "Кто ? Я !", "Кто? Я!"),
        ("fr-ru", "Score 3 : 1", "Счёт 3 : 1", "Счёт 3 : 1"),
        ("fr-en", "Oui, non.", "Yes , no .", "Yes, no."),
        ("en-fr", "Really?!", "Vraiment?!", "Vraiment_?!"),
        ("en-fr", "12% of it", "12% de cela", "12~% de cela"),
        ("en-ru", "12% of it", "12% этого", "12~% этого"),
        ("fr-en", "12 % de cela", "12 % of it", "12% of it"),
        ("ru-en", "12 % этого", "12 % of it", "12% of it"),
        ("en-fr", "It costs €5.", "Cela coûte 5 €.", "Cela coûte 5~€."),
        ("en-ru", "5 °C", "5 °C", "5~°C"),
    ]);
}

#[test]
fn numbers_have_the_separators_of_the_target() {
    check(&[
        (
            "en-fr",
            "It sold 244,890 for 1,234.5.",
            "Vendu 244,890 pour 1,234.5.",
            "Vendu 244_890 pour 1_234,5.",
        ),
        ("en-fr", "It sold 244,890.", "Vendu 244 890.", "Vendu 244_890."),
        ("en-fr", "It sold 60 thousand.", "Vendu 60,000.", "Vendu 60_000."),
        ("en-ru", "Two million votes.", "2,000,000 голосов.", "2~000~000 голосов."),
        (
            "en-ru",
            "It sold 244,890 for 1,234.5.",
            "Продано 244,890 за 1 234,5.",
            "Продано 244~890 за 1~234,5.",
        ),
        ("en-ru", "It grew 3.5%.", "Рост 3.5%.", "Рост 3,5~%."),
        (
            "fr-en",
            "Il a vendu 244 890 pour 1 234,5.",
            "Sold 244 890 for 1 234,5.",
            "Sold 244,890 for 1,234.5.",
        ),
        ("ru-en", "Рост на 3,5 %.", "Growth of 3,5%.", "Growth of 3.5%."),
        ("ru-fr", "Продано 244 890.", "Vendu 244890.", "Vendu 244_890."),
        ("fr-ru", "Il a vendu 1 200 en 2019.", "Продано 1 200 в 2019.", "Продано 1~200 в 2019."),
        ("en-fr", "It sold 3,500.", "Vendu 3,5.", "Vendu 3,5."),
        ("en-fr", "In 2019 they won 6-4.", "En 2019, gagné 6-4.", "En 2019, gagné 6-4."),
        ("ru-en", "Встреча в 10.30", "Meeting at 10.30", "Meeting at 10.30"),
        ("ru-fr", "12.05.2021", "12.05.2021", "12.05.2021"),
        ("en-fr", "Version 1.2.3 has 2.5", "La version 1.2.3 a 2.5", "La version 1.2.3 a 2,5"),
    ]);
}

#[test]
fn addresses_and_code_stay() {
    check(&[
        (
            "en-fr",
            "See \"https://example.org/a?b=1,234.5!c\" and `a ? b : c`.",
            "Voir \"https://example.org/a?b=1,234.5!c\" et `a ? b : c`.",
            "Voir «~https://example.org/a?b=1,234.5!c~» et `a ? b : c`.",
        ),
        ("en-ru", "Print \"<br>\" now.", "Выведите \"<br>\" сейчас.", "Выведите \"<br>\" сейчас."),
        ("en-ru", "Use {a - b} - %s", "Введите {a-b} - %s", "Введите {a-b}~— %s"),
    ]);
}

#[test]
fn keeping_is_the_other_choice() {
    assert_eq!(Typography::default(), Typography::Target);
}

/// Texts of these parts.
fn texts(parts: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(parts), 0..most).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn letters_stay_marks_pair_and_a_second_application_changes_nothing(
        source in texts(&["\"", "“", "”", "«", "»", "mot", "nous", " ", ", ", ".", "?", "…", "12"], 9),
        output in texts(&["mot", "nous", "12", " ", " ", "\u{a0}", ",", ".", ":", ";", "!", "?", "…", "\"", "'", "’", "“", "”", "«", "»", "„", " — ", " - ", "%"], 16),
        pair in proptest::sample::select(Pair::all().collect::<Vec<_>>()),
    ) {
        let once = typography(pair, &source, &output).0.apply(&output);
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        prop_assert_eq!(letters(&once), letters(&output));
        let lone = |text: &str| quotes::marks(text).iter().filter(|mark| !mark.single && mark.mate.is_none()).count();
        if lone(&source) == 0 && !letters(&source).is_empty() && !letters(&output).is_empty() {
            prop_assert_eq!(lone(&once), 0, "{:?}", once);
        }
        let twice = typography(pair, &source, &once).0.apply(&once);
        prop_assert_eq!(&twice, &once);
    }
}
