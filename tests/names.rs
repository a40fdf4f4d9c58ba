//! Rules mend names that a translation bends, give one person one spelling in a text, and leave right names alone.

use proptest::prelude::*;
use triglot::{
    fidelity::{Names, Warning},
    lang::{Language, Pair},
};

/// A text, sentence by sentence: the source, its draft and the mended draft.
type Text<'a> = &'a [(&'a str, &'a str, &'a str)];

/// Mends the sentences of a text in order, and returns the warnings.
fn mended(pair: &str, text: Text<'_>) -> Vec<Warning> {
    let pair: Pair = pair.parse().expect("it is a pair");
    let mut names = Names::default();
    let mut warnings = Vec::new();
    for (source, draft, expected) in text {
        let mended = names.mend(pair, source, draft, &[]);
        assert_eq!(mended.edits.apply(draft), *expected, "{source}");
        warnings.extend(mended.findings.into_iter().map(|finding| finding.warning));
    }
    warnings
}

/// Checks that right translations stay as they are, without a warning.
fn right(pair: &str, text: &[(&str, &str)]) {
    let same: Vec<(&str, &str, &str)> =
        text.iter().map(|(source, draft)| (*source, *draft, *draft)).collect();
    assert_eq!(mended(pair, &same), [], "{text:?}");
}

#[test]
fn a_bent_russian_surname_gets_the_spelling_of_the_press() {
    for (pair, draft, expected) in [
        ("ru-en", "Governor Gennady Shevkov came to Minsk.", "Governor Gennady Shcherbakov came to Minsk."),
        (
            "ru-fr",
            "Le gouverneur Gennady Shevkov est arrivé à Minsk.",
            "Le gouverneur Gennady Chtcherbakov est arrivé à Minsk.",
        ),
    ] {
        let warnings = mended(pair, &[("Губернатор Геннадий Щербаков приехал в Минск.", draft, expected)]);
        assert_eq!(warnings, []);
    }
}

#[test]
fn a_person_keeps_the_name_of_the_first_mention() {
    let text: Text<'_> = &[
        (
            "Мэр Пётр Жуков открыл мост.",
            "Mayor Pyotr Zhukov opened the bridge.",
            "Mayor Pyotr Zhukov opened the bridge.",
        ),
        (
            "По словам Жукова, мост стоил дорого.",
            "According to Zhuravlev, the bridge was expensive.",
            "According to Zhukov, the bridge was expensive.",
        ),
        (
            "Позже с Жуковым говорили жители.",
            "Later, residents spoke with Joukov.",
            "Later, residents spoke with Joukov.",
        ),
    ];
    assert_eq!(mended("ru-en", &text[..2]), []);
    // Another spelling of the same sounds is replaced, too.
    let again: Text<'_> = &[text[0], (text[2].0, text[2].1, "Later, residents spoke with Zhukov.")];
    assert_eq!(mended("ru-en", again), []);
}

#[test]
fn a_town_is_mended_in_its_case() {
    let text: Text<'_> = &[
        (
            "Svetlana Orlova opened the museum in Zelenodolsk.",
            "В Золедонском музее выступила Светлана Орлова.",
            "В Зеленодольском музее выступила Светлана Орлова.",
        ),
        ("She was born in Zelenodolsk.", "Она родилась в Золочевском.", "Она родилась в Зеленодольске."),
    ];
    assert_eq!(mended("en-ru", text), []);
}

#[test]
fn a_name_that_no_rule_can_spell_has_a_warning() {
    let source = "The speech of Pierre Lachaume was short.";
    let text: Text<'_> = &[(source, "Речь Пьера Лампео была короткой.", "Речь Пьера Лампео была короткой.")];
    assert_eq!(mended("en-ru", text), [Warning::NameLost]);
}

#[test]
fn right_names_stay_as_they_are() {
    right(
        "ru-en",
        &[
            ("Об этом сообщила Анна Иванова.", "Anna Ivanova announced this."),
            ("Её муж Пётр Иванов промолчал.", "Her husband Pyotr Ivanov was silent."),
            ("В Нижнем Новгороде выступил Дмитрий Медведев.", "Dmitri Medvedev spoke in Nizhny Novgorod."),
            ("Канцлер Ангела Меркель была в Москве.", "Chancellor Angela Merkel was in Moscow."),
            (
                "Это решил Верховный суд Ивановской области.",
                "The Supreme Court of the Ivanovo region decided this.",
            ),
        ],
    );
    right(
        "ru-fr",
        &[
            ("Владимир Путин встретился с Сергеем Лавровым.", "Vladimir Poutine a rencontré Sergueï Lavrov."),
            ("По словам Путина, всё готово.", "Selon M. Poutine, tout est prêt."),
        ],
    );
    right(
        "en-ru",
        &[
            (
                "J. K. Rowling met Emmanuel Macron in London.",
                "Джоан К. Роулинг встретилась с Эммануэлем Макроном в Лондоне.",
            ),
            ("Macron's speech was long.", "Речь Макрона была длинной."),
            ("The Green Bank hired Ursula von der Leyen.", "«Грин банк» нанял Урсулу фон дер Ляйен."),
        ],
    );
    right(
        "fr-en",
        &[
            (
                "Le discours d'Emmanuel Macron a plu à l'Allemagne.",
                "Emmanuel Macron's speech pleased Germany.",
            ),
            ("Jean-Pierre Raffarin vit à Londres.", "Jean-Pierre Raffarin lives in London."),
        ],
    );
}

#[test]
fn titles_and_capitals_say_nothing_about_names() {
    right("en-ru", &[("Harbour Bridge To Close For Repairs", "Портовый мост закроют на ремонт")]);
    right("ru-en", &[("ГУБЕРНАТОР ЩЕРБАКОВ УШЁЛ В ОТСТАВКУ", "GOVERNOR SHEVKOV RESIGNS")]);
}

#[test]
fn a_term_of_the_caller_wins() {
    let pair: Pair = "ru-en".parse().expect("it is a pair");
    let source = "Приехал губернатор Геннадий Щербаков.";
    let draft = "Governor Gennady Scherbak came.";
    assert!(Names::default().mend(pair, source, draft, &["Щербаков"]).edits.is_empty());
}

proptest! {
    #[test]
    fn any_two_texts_can_be_compared(
        source in "[A-Za-zА-Яа-яё «».,'-]{0,60}",
        target in "[A-Za-zА-Яа-яёé «».,'-]{0,60}",
        pair in proptest::sample::select(Pair::all().collect::<Vec<_>>()),
    ) {
        let mut names = Names::default();
        for _ in 0..2 {
            let mended = names.mend(pair, &source, &target, &[]);
            mended.edits.apply(&target);
        }
    }

    /// A translation with the same names, in whatever order, is right.
    #[test]
    fn the_same_names_are_right(names in proptest::collection::vec("[A-Z][a-z]{3,9}", 1..5), turn in any::<bool>()) {
        let pair = Pair { source: Language::English, target: Language::French };
        let mut there = names.clone();
        if turn {
            there.reverse();
        }
        let (source, target) = (format!("we saw {} there", names.join(" and ")), format!("on a vu {}", there.join(" et ")));
        let mended = Names::default().mend(pair, &source, &target, &[]);
        prop_assert_eq!(mended.edits.apply(&target), target);
    }
}
