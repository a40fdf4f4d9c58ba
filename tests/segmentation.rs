//! The cuts between sentences and blocks in each language. `|` marks a cut and is not part of the text.

use triglot::lang::Language::{self, English, French, Russian};
use triglot::text::{Block, Limits, PieceKind, split};

fn segments(text: &str, language: Language) -> Vec<String> {
    split(text, language, Limits::default())
        .into_iter()
        .filter(|piece| piece.kind != PieceKind::Gap)
        .map(|piece| piece.text)
        .collect()
}

/// Checks all cases before it fails, so that one run shows all wrong cuts.
fn check(language: Language, cases: &[&str]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let expected: Vec<&str> = case
                .split('|')
                .map(|part| part.trim_matches(['\u{feff}', ' ', '\n', '\r', '\u{a0}', '\u{85}', '\u{2028}']))
                .collect();
            let found = segments(&case.replace('|', ""), language);
            (found != expected).then(|| format!("wanted {case}\n   got {}", found.join(" | ")))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn english_sentences() {
    check(
        English,
        &[
            "Mr. Harlow met Dr. Finch on St. James Street. |He left.",
            "The U.S. President spoke. |He left the U.S. |Then he came back.",
            "The U.S. and the U.K. agreed. |A D.C. court did not.",
            "See No. 5 for details. |It opens at 5 a.m. |She slept until 9 p.m. Monday.",
            "Use e.g. Paris, i.e. a capital. |It works.",
            "Apple Inc. rose on Jan. 5 and Acme Corp. did not. |Yahoo! Inc. fell.",
            "J. K. Rowling wrote it. |J.K. Rowling signed it. |J. R. R. Tolkien did not.",
            "It rose 3.5 percent. |At 10.30 it fell by 1.2.",
            "Wait… |What? |No... not that. |Really?! |Yes.",
            "\"Stop!\" he said. |\"I won't.\" |She left.",
            "“Stop.” |“Why?” |He ran.",
            "Is it true? he asked. |It is.",
            "He said 'No.' |Then he left. |(It was cold.) |They stayed in.",
            "As shown.[1] |As drawn [2]. |Next one.³ |Last one.",
            "Visit www.example.com/a.b?c=D.E now. |Write to a.b@example.org. |Open notes.txt or Node.js. |Done.",
            "See https://example.com/What?Is=This!Now. |Then go.",
            "Gen. Marsh met Sen. Hill, Rep. Smith and Gov. Brown. |All left.",
            "Prof. A. B. Smith vs. the state. |A Ph.D. student, John Smith Jr. of Leeds, spoke.",
            "The tide came in.|The boats went out.",
            "It was 2018. |Nobody knew.",
            "Really? |\"Yes.\" |Fine.",
            "… and then it rained. |It stopped.",
        ],
    );
}

#[test]
fn french_sentences() {
    check(
        French,
        &[
            "M. Dupont et Mme Durand sont là. |MM. Martin et Petit aussi. |Mme. Roy est partie.",
            "Il a dit : « Pourquoi ? » |Elle rit.",
            "« Viens ! » cria-t-il. |Il partit.",
            "« Il pleut. » |Elle sort.",
            "«\u{a0}Il pleut.\u{a0}» |Elle sort. |“Bien.” |‹ Oui. › |Fin.",
            "Cela vaut 3,5 euros ou 2.600 francs. |Rien de plus.",
            "Voir p. 5 et art. 3 du code, etc. |Fin.",
            "Le Dr. Lebrun et le Pr. Morel arrivent. |St. Étienne gagne.",
            "En 52 av. J.-C. il gagna. |J.-P. Morel et J. Le Goff parlent.",
            "Vraiment ?! |Oui ! |Attends… |Non.",
            "Les faits (cf. Paris, p. ex. Lyon) sont là. |Voilà.",
            "Il arrive à 10 h. 30. |Le no. 5 part à 10.30. |Bien.",
            "Le port ferme.|Selon la mairie, il rouvrira.",
            "« Est-ce fini ? » dit-il. |Oui.",
        ],
    );
}

#[test]
fn russian_sentences() {
    check(
        Russian,
        &[
            "Он живёт в г. Москва. |Она в г. Пскове.",
            "Это т. е. Пушкин, т.е. Поэт. |Да.",
            "Кошки, собаки и т. д. |Он ушёл. |Кошки, собаки и т.д. и т.п. всегда были.",
            "А. С. Пушкин писал. |А.С. Пушкин жил. |Пушкин А. С. Собрание сочинений.",
            "Завод им. Ленина стоит. |Это ул.Садовая.",
            "Стоит 5 млн. руб. в год. |Было 3 тыс. долларов.",
            "На ул. Ленина, д. 5, кв. 3 тихо. |Да.",
            "Родился в 1799 г. |Умер в 1837 г. в Петербурге. |В 2018 г. Мэр ушёл.",
            "— Куда? — спросил он. |— Туда.",
            "«Пойдём!» — сказал он. |Она молчит. |«Почему?». |Тихо.",
            "Правда?! |Нет… |Да.",
            "Рост 3,5 %. |В 10.30 начало.",
            "См. рис. 5 на стр. 3 и др. |Да. |По ст. 5 УК, п. 3 ч. 2.",
            "В 1990-х гг. жили хуже. |Г-н Орлов и проф. Петров спорят.",
            "Сайт www.example.ru/a.b?c и почта a@example.ru. |Да.",
            "Президент В. Орлов и Д. Медведева. |Да.",
            "«Зенит» выиграл. |«Спартак» проиграл.",
        ],
    );
}

#[test]
fn full_stops_of_abbreviations_depend_on_their_neighbours() {
    check(
        English,
        &[
            "No. 7 was closed.",
            "No. 7 was closed. |It was No. 7. |The rest stayed open.",
            "Did he resign? |No. |The mayor stayed.",
            "\"No.\" |He left the room.",
            "He lives at No. 10 and works at Nos. 12 and 14. |He said no. |Ten people agreed.",
            "See p. 12, vol. 3 and fig. 4. |Then stop.",
            "See pp. 12-14 of the report. |Ch. 3 is short.",
            "Vol. 3 is out. |Fig. 4 shows it.",
            "They met at 5 p.m. |Nobody else came. |It was 9 a.m. |The shop opened.",
            "It opens at 5 p.m. on Monday. |It closes at 6 p.m. EST on Friday.",
            "He moved to the U.S. |The family stayed. |He left the U.S. |Nobody knew.",
            "He works for the U.S. Army in the U.S. |In May he left.",
            "J. R. Smith and A. B. Lee met. |M. Night left.",
            "He got a Ph.D. |She did not.",
            "St. Mary's is near Mt. Hood and Ft. Worth.",
            "It cost $5 million. |In Jan. 2024 it fell. |On Feb. 3 it rose.",
            "Art. 5 applies. |See art. 7.",
            "The company, Smith & Co., said no. |Smith & Co. |It was founded in 1920.",
            "The U.N. said so. |The E.U. did not.",
            "At 10 a.m. Tuesday, the bell rang. |At 11 a.m. we left.",
            "Lt. Col. Ann Lee and Sgt. Maj. Tom Hill spoke.",
            "He is 5 ft. tall. |She is 6 ft. 2 in. |They left.",
            "They won 3-2 vs. Leeds. |Approx. 300 people came.",
            "She lives on Oak Ave. |He lives on Elm St. |They met.",
            "He was born c. 1800. |She was born ca. 1820 in Leeds.",
            "See vol. II and ch. IV. |It is long. |I read it on p. 5. |I liked it.",
            "He is an est. 50 years old. |She is the best. |20 came to the test. |5 left.",
        ],
    );
    check(
        French,
        &[
            "Le n° 7 est fermé. |Voir n° 8.",
            "Le no 7 est fermé. |Le n. 8 aussi.",
            "Voir l'art. 5 et la p. 12. |Fin.",
            "Mme. Leroy et M. Durand sont venus. |Mlle. Petit aussi.",
            "Il est né vers 1800 à St. Malo. |Elle non.",
            "Le XXe s. fut long. |Il y a 30 min. |Elle part.",
            "Les fruits, légumes, etc. |Il part. |Les fruits, etc. sont chers.",
            "Cf. p. 12, vol. 3, fig. 4, chap. 5 et éd. 2. |Fin.",
            "Il a reçu J. Le Goff et A. Martin. |Elle est partie.",
            "Le bd. Voltaire et l'av. Foch sont fermés.",
            "Il est 10 h. |La gare est fermée.",
            "Il est parti à 8 h. 30. |Il revient.",
            "Tél. 01 23 45. |Réf. 12.",
            "Elle vit aux U.S.A. |Il vit ici.",
            "Me. Roche plaide. |Le Pr. Morel aussi.",
            "C'est non. |7 personnes sont venues.",
            "Voir t. II et chap. IV. |Fin. |Ils ont pris le thé. |5 sont restés.",
            "Il dure 30 min. |Elle attend.",
        ],
    );
    check(
        Russian,
        &[
            "Дом № 7 закрыт. |См. № 8.",
            "Ст. 5 и п. 3 действуют. |См. стр. 12.",
            "Он живёт на ул. Ленина, д. 5. |Она живёт в г. Москве.",
            "Завод им. Кирова закрыт. |Цех им. С. М. Кирова тоже.",
            "Это было в 2021 г. |А. С. Петров уехал.",
            "Он родился в 1990 г. в Твери, т. е. давно. |Она моложе.",
            "Рост составил 5 млрд руб. |В 2022 г. он вырос.",
            "Он съел яблоки, груши и т. д. |Потом ушёл.",
            "См. рис. 5, табл. 3, т. 2, вып. 7. |Конец.",
            "А. С. Пушкин и др. |Они жили в XIX в. |Потом ушли.",
            "Встреча в 10 ч. 30 мин. |Он опоздал.",
            "В 1812 г. Наполеон вошёл в Москву. |В 1814 г. русские вошли в Париж.",
            "С. Петров и гр. Иванов спорят. |Проф. Орлов молчит.",
            "Цена — 500 руб. |Скидка 5 %.",
            "Он весит 80 кг. |Она 60 кг.",
            "Дом стоит 5 тыс. долл. |Это дорого.",
            "На пл. Мира, пр. Победы тихо. |Просп. Ленина закрыт.",
            "До н. э. и после н. э. |Он жил в III в. до н. э. |Потом умер.",
            "Живёт на ул. Мира. |Работает на з-де им. Лихачёва.",
            "Компания «Ромашка» и др. сотрудники живут в с. Красном и пос. Мирном.",
            "Подробнее на с. 5. |Он согласен. |Нет. |7 человек ушли.",
            "Умер в 2021 г. |Компания закрыта.",
            "Работал в 2021 г. |Об этом сообщил мэр.",
            "Родился 5 мая 1950 г. |Окончил школу в 1967 г. |Учился в Москве.",
            "Ростом 180 см. |Он высок. |Весит 2 т. |Стоит 5 р. |Это много.",
            "Столы, стулья и пр. |Потом ушли.",
        ],
    );
}

#[test]
fn blocks_without_blank_lines_between_them_are_separate() {
    check(
        English,
        &[
            "\u{feff}14:05 GMT\n    |    Ferry returns to the island after three weeks\n\n|\u{a9} Picture desk/ A. Name\n|World\n|110\n\
         |The ferry returned on Friday, and the whole village of some three hundred people stood on the quay to wait for it, most of them since the morning.\n\
         |READ MORE: The Island Without Bread\n|Sport",
            "A long headline that could nearly be a line of a paragraph, Paris\n|Another headline just as long that has no full stop in London",
            "- |first\n|- |second\n|• |third\n|1. |fourth\n|2) |fifth, which\n   goes on",
            "— Where to?\n|— There.",
            "Ferry back\r\n\r\n|It came\u{2028}|\u{a0}At last\r|We saw it.\u{85}|They waved.",
            "    Indented and not ended\n|not indented, although small",
            "Including:\n|apples\n|pears",
        ],
    );
}

#[test]
fn sentences_continue_across_wrapped_lines() {
    check(
        English,
        &[
            "The council voted on Tuesday to keep the old swimming baths open, which\nMayor Hill had wanted to close. |The vote was narrow. |Nobody expected\nthe result, least of all the swimmers, who had packed their towels and\nsaid their goodbyes. |They came\nback.",
            "He was met at the station by a crowd of well-wishers and by Mr.\nHarlow, who had a cold. |It rained.",
        ],
    );
    check(
        French,
        &[
            "Le conseil a voté mardi pour garder ouverte la vieille piscine que le\nmaire voulait fermer. |Le vote fut serré.",
        ],
    );
    check(
        Russian,
        &[
            "Совет во вторник решил сохранить старый бассейн, который мэр хотел\r\nзакрыть навсегда. |Голосов едва хватило.",
        ],
    );
}

#[test]
fn the_shape_of_lines_gives_the_kinds_of_pieces() {
    let text = "Ferry returns\n\nThe ferry is back. All are glad.\n© Picture desk\n- bread\n***\n2018-04-12 15:46\n15:46 GMT +3\n";
    let kinds: Vec<PieceKind> = split(text, English, Limits::default())
        .into_iter()
        .map(|piece| piece.kind)
        .filter(|&kind| kind != PieceKind::Gap)
        .collect();
    use Block::{Caption, Headline, ListItem, Paragraph};
    use PieceKind::{Sentence, Verbatim};
    assert_eq!(
        kinds,
        [
            Sentence(Headline),
            Sentence(Paragraph),
            Sentence(Paragraph),
            Sentence(Caption),
            Verbatim,
            Sentence(ListItem),
            Verbatim,
            Verbatim,
            Sentence(Headline),
        ]
    );
}

#[test]
fn a_long_sentence_is_cut_without_loss() {
    let clause =
        "the ferry, which had been away for three weeks, came back to the island with bread and letters; ";
    let text = clause.repeat(12);
    let parts = segments(&text, English);
    assert!(
        parts.iter().all(|part| (150..=400).contains(&part.chars().count()) && part.ends_with(';')),
        "{parts:?}"
    );
    assert_eq!(parts.join(" "), text.trim_end());
}
