//! Words with a capital that are translated and not spelled: parts of the names of institutions, peoples, holidays.

use crate::lang::Language;

/// Beginnings of such words, in small letters, in each language.
#[rustfmt::skip]
const ENGLISH: &[&str] = &[
    "academy", "administration", "african", "agency", "american", "arab", "arctic", "army", "assembly", "association", "austrian",
    "bank", "bible", "board", "bolshevik", "british", "cabinet", "catholic", "center", "central", "centre", "champion", "christian",
    "christmas", "church", "coalition", "college", "commission", "committee", "communist", "confederation", "conference", "congress", "conservative",
    "constitution", "convention", "corporation", "council", "court", "cup", "democrat", "department", "district", "duma", "earth", "eastern",
    "emirate", "empire", "european", "federa", "festival", "financ", "forum", "foundation", "french", "front", "fund", "german",
    "gospel", "government", "greek", "group", "house", "human", "independen", "institut", "international", "internet", "islam", "italian", "jewish",
    "justice", "kingdom", "labour", "latin", "league", "liberal", "library", "minist", "museum", "muslim", "nation", "nazi", "northern", "olympi",
    "orthodox", "paralympi", "parliament", "party", "patriarch", "police", "polish", "popular", "president", "press", "prize", "progress", "protestant",
    "region", "repa", "represent", "republic", "reserve", "roman", "royal", "russian", "senat", "service", "soci", "southern", "soviet", "spanish",
    "square", "state", "street", "supreme", "theatre", "treasury", "turkish", "ukrainian", "union", "united", "universit", "western", "world",
];
#[rustfmt::skip]
const FRENCH: &[&str] = &[
    "acad", "administration", "afric", "agence", "allemand", "améric", "anglais", "arab", "armée", "assembl", "associat", "banque", "bible", "bourse",
    "cabinet", "cathol", "centr", "chamb", "champion", "chrét", "coalition", "collège", "comit", "commission", "communist", "confédér",
    "conférence", "congrès", "conseil", "conservat", "constitution", "convention", "corporation", "coupe", "cour", "croix", "démocrat", "département", "district",
    "douma", "écol", "église", "élysée", "émirat", "empire", "espagn", "état", "etat", "europ", "fédér", "festival", "financ", "fondation", "fonds",
    "forum", "français", "front", "gouvernement", "groupe", "guerre", "homme", "institut", "internation", "internet", "islam", "itali", "jeux", "juif",
    "justice", "libéra", "ligue", "maison", "ministère", "mondial", "monde", "musée", "musulman", "nation", "nazi", "noël", "nord", "nouve", "olymp",
    "orient", "orthodox", "paralymp", "parlement", "parti", "patriarc", "place", "police", "polon", "popul", "premi", "président", "presse", "prix", "progrès",
    "protestant", "républi", "région", "réserve", "romain", "royal", "royaume", "rue", "russe", "sénat", "service", "sociali", "société", "soviét", "suprême",
    "terre", "théâtre", "trésor", "tribunal", "union", "uni", "univers",
];
#[rustfmt::skip]
const RUSSIAN: &[&str] = &[
    "академи", "администрац", "агентств", "американ", "арабск", "арми", "ассамбле", "ассоциац", "банк", "библи", "бирж", "бог",
    "большевик", "венер", "верхов", "владык", "внутренн", "восток", "восточн", "всемирн", "генассамбле", "генпрокур", "главн", "государствен", "госдум",
    "госдеп", "дворец", "дворц", "демократ", "департамент", "дум", "евангели", "евр", "запад", "земл", "игр", "империал", "импери", "институт",
    "интернет", "ислам", "кабинет", "католич", "коалиц", "колледж", "комисси", "комитет", "коммунист", "конвенц", "конгресс", "конституц",
    "консерват", "конфедерац", "конференц", "корпорац", "кремл", "кубк", "кубок", "латинск", "либерал", "лиг", "международн", "министерств", "мисс", "музе", "наци", "олимпиад",
    "олимпийск", "орган", "паралимп", "парламент", "парти", "патриарх", "площад", "полици", "православн", "правительств", "прав", "президент", "преми", "прогресс",
    "республик", "рождеств", "росс", "русск", "святейш", "свят", "север", "сенат", "служб", "совет", "соединен", "социал", "союз", "суд", "театр",
    "университет", "федерац", "федеральн", "фестивал", "финанс", "фонд", "форум", "фронт", "христ", "церк", "центр", "чемпион", "штат", "эмират", "южн", "юг",
];

/// Whether a word in small letters is usually translated, although it has a capital.
pub fn is_translated(language: Language, small: &str) -> bool {
    let beginnings = match language {
        Language::English => ENGLISH,
        Language::French => FRENCH,
        Language::Russian => RUSSIAN,
    };
    beginnings.iter().any(|beginning| small.starts_with(beginning))
}
