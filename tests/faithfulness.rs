//! The check of written summaries: which sentences an article supports, and which it does not.

use proptest::prelude::*;
use triglot::{
    lang::Language::{self, English, French, Russian},
    summarize::faithful::{Article, Support, Unsupported},
};

const BRIDGE: &[&str] = &[
    "The bridge over the harbour will be closed for six weeks from Monday, the city council said on Thursday.",
    "Engineers found cracks in two of its pillars in March 2019.",
    "The repair will cost 3.5 million euros, and 40% of that will be paid by the state.",
    "Buses will not cross the bridge during the repair, but ferries will run every 15 minutes.",
    "Mayor Anna Smirnova told reporters that no shop would have to close.",
    "Ivan Petrov, who owns the Blue Anchor café, fears for his business.",
    "The police have arrested a man who threw stones at the workers.",
];
const SYRIA: &[&str] = &[
    "The Syrian government has refuted all claims that its army used gas in the town of Douma.",
    "The United States had accused Damascus of the attack on Saturday.",
    "Russia attacked Ukraine in February 2022 and has not withdrawn its troops since.",
    "French President Emmanuel Macron met the Italian prime minister, Giorgia Meloni, in Rome on Tuesday.",
    "According to the World Health Organization, 2,500,000 children were vaccinated in Yemen last year.",
    "Apple sued Samsung over a patent in California.",
    "Twelve people died and thirty were injured when a train hit a bus near Lyon, officials said.",
    "The minister denied that he had taken money from the company.",
];
const PONT: &[&str] = &[
    "Le pont du port sera fermé pendant six semaines à partir de lundi, a annoncé jeudi le conseil municipal.",
    "Des ingénieurs ont découvert des fissures dans deux de ses piliers en mars 2019.",
    "Les travaux coûteront 3,5 millions d'euros, dont 40 % à la charge de l'État.",
    "Les bus ne traverseront pas le pont pendant les travaux.",
    "La maire, Anne Morel, a promis qu'aucun commerce ne fermerait.",
    "Le président de la République, Paul Vasseur, a rencontré la chancelière Greta Lindt à Berlin.",
    "Selon l'Organisation mondiale de la santé, 2 500 enfants ont été vaccinés au Yémen.",
    "La police a arrêté un homme qui avait jeté des pierres sur les ouvriers.",
    "L'Italie a accusé la Hongrie d'avoir bloqué l'accord.",
];
const MOST: &[&str] = &[
    "Мост через гавань закроют на шесть недель с понедельника, сообщил в четверг городской совет.",
    "Инженеры нашли трещины в двух его опорах в марте 2019 года.",
    "Ремонт будет стоить 3,5 млн евро, из них 40% заплатит государство.",
    "Автобусы не будут ходить по мосту во время ремонта.",
    "Мэр Анна Смирнова пообещала, что магазины останутся открытыми.",
    "Президент Франции Поль Вассёр встретился в Берлине с канцлером Гретой Линдт.",
    "По данным полиции, задержанный бросал камни в рабочих.",
    "Италия обвинила Венгрию в срыве соглашения.",
    "Владелец кафе Иван Петров опасается за свой бизнес.",
];
const MATCH: &[&str] = &[
    "Two people were killed in the fire at the stadium on Friday night.",
    "The temperature fell to -15 degrees during the match.",
    "The home team won the match 3-1 and finished second.",
    "The road to the stadium will be closed from 10:30 to 11:45.",
    "Apple doubled its profit in May while Samsung lost money.",
    "At night it fell to minus twenty degrees in the harbour.",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Date,
    Name,
    Content,
    Word,
    Negation,
    Role,
    Empty,
}

fn kind(reason: &Unsupported) -> Kind {
    match reason {
        Unsupported::Number(_) => Kind::Number,
        Unsupported::Date(_) => Kind::Date,
        Unsupported::Name(_) => Kind::Name,
        Unsupported::Content(_) => Kind::Content,
        Unsupported::Word(_) => Kind::Word,
        Unsupported::Negation => Kind::Negation,
        Unsupported::Role => Kind::Role,
        Unsupported::Empty => Kind::Empty,
    }
}

fn check(language: Language, article: &[&str], sentence: &str) -> Result<Support, Unsupported> {
    Article::new(language, article.iter().copied()).check(sentence)
}

#[test]
fn sentences_that_the_article_does_not_support_are_refused() {
    let traps: &[(Language, &[&str], &str, Kind)] = &[
        // Numbers and dates.
        (
            English,
            BRIDGE,
            "The bridge over the harbour will be closed for seven weeks from Monday.",
            Kind::Number,
        ),
        (English, BRIDGE, "The repair will cost 35 million euros.", Kind::Number),
        (English, BRIDGE, "The repair will cost 3.5 billion euros.", Kind::Number),
        (English, BRIDGE, "The repair will cost $3.5 million.", Kind::Number),
        (English, BRIDGE, "The state will pay 60% of the repair.", Kind::Number),
        (English, BRIDGE, "The bridge will be closed from Tuesday, the city council said.", Kind::Date),
        (English, BRIDGE, "Engineers found cracks in two of its pillars in May 2019.", Kind::Date),
        (English, BRIDGE, "Engineers found cracks in two of its pillars in March 2018.", Kind::Date),
        (English, BRIDGE, "The city council said yesterday that the bridge will be closed.", Kind::Date),
        (English, SYRIA, "Thirty people died when a train hit a bus near Lyon.", Kind::Number),
        (English, MATCH, "Dozens of people were killed in the fire at the stadium.", Kind::Number),
        (English, MATCH, "Hundreds of people were killed in the fire at the stadium.", Kind::Number),
        (English, MATCH, "The temperature fell to 15 degrees during the match.", Kind::Number),
        (English, MATCH, "The home team won the match 1-3.", Kind::Number),
        (English, MATCH, "The home team won the match and finished third.", Kind::Number),
        (English, MATCH, "The road to the stadium will be closed from 10:45 to 11:30.", Kind::Number),
        (English, MATCH, "Samsung doubled its profit in May.", Kind::Role),
        (English, MATCH, "At night it fell to 20 degrees in the harbour.", Kind::Number),
        (
            French,
            PONT,
            "Des centaines d'ingénieurs ont découvert des fissures dans les piliers.",
            Kind::Number,
        ),
        (Russian, MOST, "Десятки инженеров нашли трещины в опорах моста.", Kind::Number),
        (French, PONT, "Le pont du port sera fermé pendant huit semaines.", Kind::Number),
        (French, PONT, "Les travaux coûteront 3,5 milliards d'euros.", Kind::Number),
        (French, PONT, "Le pont du port sera fermé à partir de mardi.", Kind::Date),
        (French, PONT, "Des ingénieurs ont découvert des fissures en avril 2019.", Kind::Date),
        (Russian, MOST, "Мост через гавань закроют на восемь недель.", Kind::Number),
        (Russian, MOST, "Ремонт будет стоить 3,5 млрд евро.", Kind::Number),
        (Russian, MOST, "Мост через гавань закроют с пятницы, сообщил городской совет.", Kind::Date),
        (Russian, MOST, "Инженеры нашли трещины в двух опорах в июне 2019 года.", Kind::Date),
        // Names.
        (English, BRIDGE, "Mayor Anna Petrov told reporters that no shop would have to close.", Kind::Name),
        (English, BRIDGE, "The bridge over the harbour of Hamburg will be closed for six weeks.", Kind::Name),
        (English, SYRIA, "The UN said that 2.5 million children were vaccinated in Yemen.", Kind::Name),
        (English, SYRIA, "Emmanuel Meloni met the Italian prime minister in Rome.", Kind::Name),
        (French, PONT, "La maire, Anne Vasseur, a promis qu'aucun commerce ne fermerait.", Kind::Name),
        (
            French,
            PONT,
            "Le président Paul Vasseur a rencontré la chancelière Greta Lindt à Vienne.",
            Kind::Name,
        ),
        (Russian, MOST, "Мэр Анна Петрова пообещала, что магазины останутся открытыми.", Kind::Name),
        (Russian, MOST, "Поль Вассёр встретился в Лондоне с канцлером Гретой Линдт.", Kind::Name),
        // Invented content.
        (English, BRIDGE, "The council wants to build a tunnel under the river.", Kind::Content),
        (French, PONT, "Le conseil souhaite construire un tunnel sous la rivière.", Kind::Content),
        (Russian, MOST, "Совет хочет построить туннель под рекой.", Kind::Content),
        (English, BRIDGE, "The police have released a man who threw stones at the workers.", Kind::Word),
        (French, PONT, "La police a relâché un homme qui avait jeté des pierres.", Kind::Word),
        (Russian, MOST, "Мост через гавань откроют на шесть недель с понедельника.", Kind::Word),
        // Negation.
        (English, BRIDGE, "Buses will cross the bridge during the repair.", Kind::Negation),
        (English, BRIDGE, "The bridge over the harbour will not be closed.", Kind::Negation),
        (English, SYRIA, "Russia has withdrawn its troops from Ukraine.", Kind::Negation),
        (English, SYRIA, "The minister had taken money from the company.", Kind::Negation),
        (English, SYRIA, "The Syrian army used gas in the town of Douma.", Kind::Negation),
        (French, PONT, "Les bus traverseront le pont pendant les travaux.", Kind::Negation),
        (French, PONT, "Le pont du port ne sera jamais fermé.", Kind::Negation),
        (Russian, MOST, "Автобусы будут ходить по мосту во время ремонта.", Kind::Negation),
        (Russian, MOST, "Мост через гавань не закроют.", Kind::Negation),
        // Actors and speakers.
        (English, SYRIA, "The United States has refuted all claims.", Kind::Role),
        (English, SYRIA, "Damascus had accused the United States of the attack.", Kind::Role),
        (English, SYRIA, "Ukraine attacked Russia in February 2022.", Kind::Role),
        (English, SYRIA, "Russia was attacked by Ukraine in February 2022.", Kind::Role),
        (English, SYRIA, "Samsung sued Apple over a patent in California.", Kind::Role),
        (English, SYRIA, "Giorgia Meloni said that the Syrian government used gas in Douma.", Kind::Role),
        (English, BRIDGE, "The police said the bridge will be closed for six weeks.", Kind::Role),
        (English, BRIDGE, "Ivan Petrov told reporters that no shop would have to close.", Kind::Role),
        (English, BRIDGE, "According to Ivan Petrov, the repair will cost 3.5 million euros.", Kind::Role),
        (French, PONT, "La Hongrie a accusé l'Italie d'avoir bloqué l'accord.", Kind::Role),
        (French, PONT, "Selon la police, le pont du port sera fermé pendant six semaines.", Kind::Role),
        (French, PONT, "Greta Lindt a promis qu'aucun commerce ne fermerait.", Kind::Role),
        (Russian, MOST, "Венгрия обвинила Италию в срыве соглашения.", Kind::Role),
        (Russian, MOST, "Иван Петров пообещал, что магазины останутся открытыми.", Kind::Role),
        (Russian, MOST, "По словам Ивана Петрова, мост через гавань закроют на шесть недель.", Kind::Role),
        // Nothing to check.
        (English, BRIDGE, "", Kind::Empty),
        (English, BRIDGE, "And so it is.", Kind::Empty),
    ];
    let found: Vec<_> = traps
        .iter()
        .filter_map(|(language, article, sentence, expected)| {
            let outcome = check(*language, article, sentence);
            let refused = outcome.as_ref().err().map(kind);
            (refused != Some(*expected)).then(|| format!("{expected:?}: {sentence} -> {outcome:?}"))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn supported_sentences_pass_in_other_words_and_forms() {
    let faithful: &[(Language, &[&str], &str, usize)] = &[
        (English, BRIDGE, "The harbour bridge will be closed for six weeks.", 0),
        (English, BRIDGE, "The bridge will close for 6 weeks from Monday, said the city council.", 0),
        (English, BRIDGE, "The city council said the bridge over the harbour will be closed.", 0),
        (English, BRIDGE, "In March 2019, engineers found cracks in two pillars.", 1),
        (English, BRIDGE, "The repair will cost €3.5 million.", 2),
        (English, BRIDGE, "The repair will cost 3,500,000 euros.", 2),
        (English, BRIDGE, "40 percent of the repair will be paid by the state.", 2),
        (English, BRIDGE, "Buses won't cross the bridge during the repair.", 3),
        (English, BRIDGE, "Ferries will run every 15 minutes.", 3),
        (English, BRIDGE, "No shop would have to close, Anna Smirnova told reporters.", 4),
        (English, BRIDGE, "Café owner Ivan Petrov fears for his business.", 5),
        (English, BRIDGE, "Innkeeper Ivan Petrov fears for his business.", 5),
        (English, BRIDGE, "A man was arrested by the police for throwing stones at workers.", 6),
        (English, SYRIA, "Syria's government has refuted all claims that its army used gas.", 0),
        (English, SYRIA, "Damascus was accused of the attack by the United States.", 1),
        (English, SYRIA, "The US had accused Damascus of the attack.", 1),
        (English, SYRIA, "Russia attacked Ukraine in February 2022.", 2),
        (English, SYRIA, "Ukraine was attacked by Russia in February 2022.", 2),
        (English, SYRIA, "Emmanuel Macron met Giorgia Meloni in Rome on Tuesday.", 3),
        (English, SYRIA, "About 2.5 million children were vaccinated in Yemen, the WHO said.", 4),
        (English, SYRIA, "Apple sued Samsung in California.", 5),
        (English, SYRIA, "Officials said 12 people died when a train hit a bus near Lyon.", 6),
        (English, SYRIA, "The minister denied having taken money from the company.", 7),
        (English, MATCH, "Two people were killed at the stadium on Friday.", 0),
        (English, MATCH, "The temperature fell to minus 15 degrees.", 1),
        (English, MATCH, "The home team won 3–1 and finished second.", 2),
        (English, MATCH, "The road will be closed from 10:30 to 11:45.", 3),
        (English, MATCH, "Apple doubled its profit in May.", 4),
        (English, MATCH, "At night it fell to -20 degrees in the harbour.", 5),
        (French, PONT, "Le pont du port sera fermé six semaines à partir de lundi.", 0),
        (French, PONT, "Le conseil municipal a annoncé jeudi la fermeture du pont pendant 6 semaines.", 0),
        (French, PONT, "Les ingénieurs avaient découvert en mars 2019 des fissures dans deux piliers.", 1),
        (French, PONT, "Les travaux coûteront 3,5 millions d'euros.", 2),
        (French, PONT, "L'État paiera 40 % des travaux.", 2),
        (French, PONT, "Les bus ne traverseront plus le pont pendant les travaux.", 3),
        (French, PONT, "Anne Morel a promis qu'aucun commerce ne fermerait.", 4),
        (French, PONT, "Paul Vasseur a rencontré Greta Lindt à Berlin.", 5),
        (French, PONT, "Quelque 2500 enfants ont été vaccinés au Yémen, selon l'OMS.", 6),
        (French, PONT, "Un homme a été arrêté pour avoir jeté des pierres sur des ouvriers.", 7),
        (French, PONT, "La Hongrie a été accusée par l'Italie d'avoir bloqué l'accord.", 8),
        (Russian, MOST, "Мост через гавань закроют на 6 недель.", 0),
        (Russian, MOST, "Городской совет сообщил, что мост закроют с понедельника.", 0),
        (Russian, MOST, "В марте 2019 года инженеры нашли трещины в опорах.", 1),
        (Russian, MOST, "Ремонт будет стоить 3,5 миллиона евро.", 2),
        (Russian, MOST, "Во время ремонта автобусы по мосту ходить не будут.", 3),
        (Russian, MOST, "Анна Смирнова пообещала, что магазины останутся открытыми.", 4),
        (Russian, MOST, "Поль Вассёр встретился с Гретой Линдт в Берлине.", 5),
        (Russian, MOST, "Встреча Поля Вассёра и Греты Линдт прошла в Берлине.", 5),
        (Russian, MOST, "Италия обвинила Венгрию в срыве соглашения.", 7),
        (Russian, MOST, "Иван Петров опасается за свой бизнес.", 8),
    ];
    let found: Vec<_> = faithful
        .iter()
        .filter_map(|(language, article, sentence, source)| {
            let outcome = check(*language, article, sentence);
            let supported = outcome.as_ref().is_ok_and(|support| support.sentences.contains(source));
            (!supported).then(|| format!("{source}: {sentence} -> {outcome:?}"))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_antecedent_of_a_pronoun_is_in_the_sentence_before() {
    let article = [
        "John Carver was in a rage after the defeat.",
        "He said his players had not worked hard enough.",
        "Phil Neville watched the game from the stands.",
    ];
    let said = "Carver said his players had not worked hard enough.";
    assert_eq!(check(English, &article, said).map(|support| support.sentences), Ok(vec![1]));
    let other = "Neville said his players had not worked hard enough.";
    assert_eq!(check(English, &article, other), Err(Unsupported::Role));
}

/// Supporting sentences of an earlier level may be far apart in the article.
#[test]
fn an_antecedent_is_only_looked_for_in_consecutive_sentences() {
    let kept = [
        (0, "Phil Neville watched the game from the stands."),
        (3, "He said his players had not worked hard enough."),
    ];
    let article = Article::with_numbers(English, kept.into_iter());
    let other = "Phil Neville said his players had not worked hard enough.";
    assert_eq!(article.check(other), Err(Unsupported::Role));
}

#[test]
fn two_sentences_may_support_one() {
    let sentence = "Engineers found cracks in two pillars and the repair will cost 3.5 million euros.";
    let support = check(English, BRIDGE, sentence).expect("it is supported");
    assert_eq!(support.sentences, [1, 2]);
    assert!(support.share > 0.9, "{support:?}");
}

#[test]
fn an_endless_sentence_is_refused_quickly() {
    let endless = "Anna 1.000.000 ".repeat(100_000);
    let article = Article::new(French, [endless.as_str()].into_iter());
    assert_eq!(article.check(&endless), Err(Unsupported::Content(0.0)));
}

proptest! {
    #[test]
    fn an_article_supports_each_of_its_sentences_in_any_order(
        (language, pool) in prop_oneof![
            Just((English, [BRIDGE, SYRIA].concat())),
            Just((French, PONT.to_vec())),
            Just((Russian, MOST.to_vec())),
        ].prop_flat_map(|(language, pool)| (Just(language), Just(pool).prop_shuffle())),
        count in 1usize..15,
    ) {
        let article = Article::new(language, pool.iter().take(count).copied());
        for (place, sentence) in pool.iter().take(count).enumerate() {
            let support = article.check(sentence);
            prop_assert!(support.as_ref().is_ok_and(|support| support.sentences == [place]), "{sentence} {support:?}");
        }
        // A sentence that the article does not contain has no support.
        for sentence in pool.iter().skip(count) {
            prop_assert!(article.check(sentence).is_err(), "{sentence}");
        }
    }

    #[test]
    fn any_text_is_checked_and_supports_itself(
        sentences in prop::collection::vec("(\\PC|[ .,!?'’\"«»0-9A-Zа-яА-Я-]){0,60}", 0..6),
        language in prop_oneof![Just(English), Just(French), Just(Russian)],
        other in "(\\PC|[ .,'’0-9A-Z%$-]|not |said |million |не |сказал ){0,60}",
    ) {
        let article = Article::new(language, sentences.iter().map(String::as_str));
        if let Ok(support) = article.check(&other) {
            prop_assert!(support.share >= 0.5 && support.share <= 1.0);
            prop_assert!(support.sentences.iter().all(|sentence| *sentence < sentences.len()));
        }
        for sentence in &sentences {
            let outcome = article.check(sentence);
            prop_assert!(matches!(outcome, Ok(_) | Err(Unsupported::Empty)), "{sentence:?} {outcome:?}");
        }
    }
}
