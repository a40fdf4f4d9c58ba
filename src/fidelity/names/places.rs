//! Countries, capitals and large cities, which have a name of their own in each language. `places.py` writes their table.

use std::{collections::HashMap, sync::LazyLock};

use super::sound::Sound;
use crate::lang::{Language, Word, same_word, small};

/// Places that the table lacks, or that have several names. English, French, Russian.
const MORE: [[&str; 3]; 40] = [
    ["United Kingdom", "Royaume-Uni", "Соединенное Королевство"],
    ["Britain", "Grande-Bretagne", "Великобритания"],
    ["Great Britain", "Grande-Bretagne", "Британия"],
    ["England", "Angleterre", "Англия"],
    ["Scotland", "Écosse", "Шотландия"],
    ["Wales", "pays de Galles", "Уэльс"],
    ["Czech Republic", "Tchéquie", "Чехия"],
    ["Holland", "Hollande", "Голландия"],
    ["Netherlands", "Pays-Bas", "Голландия"],
    ["Belarus", "Biélorussie", "Белоруссия"],
    ["South Korea", "Corée du Sud", "Южная Корея"],
    ["North Korea", "Corée du Nord", "Северная Корея"],
    ["China", "Chine", "Китай"],
    ["United States", "États-Unis", "Америка"],
    ["Beijing", "Pékin", "Пекин"],
    ["Washington", "Washington", "Вашингтон"],
    ["Ottawa", "Ottawa", "Оттава"],
    ["Canberra", "Canberra", "Канберра"],
    ["Ankara", "Ankara", "Анкара"],
    ["New Delhi", "New Delhi", "Дели"],
    ["Geneva", "Genève", "Женева"],
    ["Hague", "La Haye", "Гаага"],
    ["Munich", "Munich", "Мюнхен"],
    ["Cologne", "Cologne", "Кёльн"],
    ["Hamburg", "Hambourg", "Гамбург"],
    ["Frankfurt", "Francfort", "Франкфурт"],
    ["Milan", "Milan", "Милан"],
    ["Venice", "Venise", "Венеция"],
    ["Florence", "Florence", "Флоренция"],
    ["Naples", "Naples", "Неаполь"],
    ["Barcelona", "Barcelone", "Барселона"],
    ["Saint Petersburg", "Saint-Pétersbourg", "Санкт-Петербург"],
    ["Texas", "Texas", "Техас"],
    ["Europe", "Europe", "Европа"],
    ["Asia", "Asie", "Азия"],
    ["Africa", "Afrique", "Африка"],
    ["Antwerp", "Anvers", "Антверпен"],
    ["Edinburgh", "Édimbourg", "Эдинбург"],
    ["Glasgow", "Glasgow", "Глазго"],
    ["Damascus", "Damas", "Дамаск"],
];

/// The words of a place's name in the three languages.
type Place = [Vec<String>; 3];

struct Table {
    places: Vec<Place>,
    /// The places by the first three letters of each of their words, for each language.
    by_word: [HashMap<String, Vec<usize>>; 3],
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let lines = include_str!("places.tsv").lines().filter(|line| !line.starts_with('#'));
    let rows =
        lines.map(|line| line.split('\t').collect::<Vec<_>>()).chain(MORE.iter().map(|row| row.to_vec()));
    let places: Vec<Place> =
        rows.filter_map(|row| <[&str; 3]>::try_from(row).ok()).map(|row| row.map(split)).collect();
    let mut by_word: [HashMap<String, Vec<usize>>; 3] = Default::default();
    for (at, place) in places.iter().enumerate() {
        for (index, words) in by_word.iter_mut().zip(place) {
            words.iter().for_each(|word| index.entry(head(word)).or_default().push(at));
        }
    }
    Table { places, by_word }
});

/// The words of a name, without those that are small.
fn split(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| word.chars().count() >= 3 && word.starts_with(char::is_uppercase))
        .map(small)
        .collect()
}

fn head(word: &str) -> String {
    word.chars().take(3).collect()
}

/// The places that have a word, in any of its forms.
fn having(language: Language, word: &str) -> impl Iterator<Item = &'static Place> {
    let found = TABLE.by_word[language as usize].get(&head(word)).into_iter().flatten();
    let words =
        move |place: &&Place| place[language as usize].iter().any(|other| same_word(language, word, other));
    found.map(|at| &TABLE.places[*at]).filter(words)
}

/// Whether words of a sentence have all the words of a place.
pub fn has_place(language: Language, words: &[Word]) -> bool {
    let in_words = |name: &String| words.iter().any(|word| same_word(language, name, &word.small));
    words
        .iter()
        .any(|word| having(language, &word.small).any(|place| place[language as usize].iter().all(in_words)))
}

/// Whether a word of the source and one of the target are in the name of the same place, or in an adjective of it.
pub fn are_same(source: (Language, &str), target: (Language, &str)) -> bool {
    having(source.0, source.1).any(|place| {
        let words = &place[target.0 as usize];
        words.iter().any(|word| {
            same_word(target.0, word, target.1) || Sound::of(word).likeness(&Sound::of(target.1)) > 0.7
        })
    })
}
