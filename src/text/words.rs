//! The word lists behind the judgement of full stops. Case counts.

/// Titles and the like, in every text: names keep their English form in the other languages.
#[rustfmt::skip]
pub(super) const LEANING: &[&str] = &[
    "Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "St", "Ste", "Mt", "Ft", "vs", "Gen", "Sen", "Rep", "Gov", "Col", "Lt",
    "Sgt", "Capt", "Cmdr", "Adm", "Maj", "Rev", "Hon", "Pres", "Messrs", "Fr", "Supt", "Det", "Amb", "e.g", "i.e",
    "cf", "Cf", "viz", "approx", "al",
];

/// The same in French.
#[rustfmt::skip]
pub(super) const LEANING_FRENCH: &[&str] = &[
    "M", "MM", "Me", "Mme", "Mlle", "Mgr", "Pr", "Dr", "St", "Ste", "Cf", "cf", "p.ex", "ex", "apr", "av", "env",
    "éd", "dir", "coll", "Gal", "Cdt", "bd", "boul", "réf",
];

/// The same in Russian.
#[rustfmt::skip]
pub(super) const LEANING_RUSSIAN: &[&str] = &[
    "им", "ул", "просп", "пр-т", "пер", "пл", "наб", "д", "кв", "корп", "стр", "рис", "табл", "см", "ср", "проф",
    "акад", "доц", "ген", "полк", "св", "т.е", "т.к", "т.н", "тов", "г-н", "г-жа", "гос", "напр", "тел", "адм",
    "ред", "сост", "пос", "дер", "с", "к", "обл", "респ", "ст", "п", "ч", "гл", "о", "оз", "р", "о-в", "мкр",
    "ок", "род", "англ", "фр", "нем", "лат", "гр", "зам", "пом", "нач", "мин", "инж", "канд", "докт", "бул", "ш",
    "м",
];

/// What stands before a number.
#[rustfmt::skip]
pub(super) const NUMBERING: &[&str] = &[
    "No", "Nos", "no", "nos", "Nr", "N", "n", "p", "pp", "P", "art", "Art", "arts", "fig", "Fig", "figs", "vol",
    "Vol", "ch", "chap", "Ch", "sec", "Sec", "para", "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep",
    "Sept", "Oct", "Nov", "Dec", "Tues", "Wed", "Thu", "Thur", "Thurs", "Fri", "Mon", "c", "ca", "janv", "févr",
    "avr", "juill", "sept", "oct", "nov", "déc", "h", "tél", "al", "т", "тт", "ном", "вып", "янв", "февр", "апр",
    "авг", "сент", "окт", "нояб", "дек", "Рис", "Табл", "Ст", "Гл",
];

/// Parts of names and firms that may end a sentence, and seldom do.
#[rustfmt::skip]
pub(super) const INITIAL: &[&str] = &[
    "Inc", "Ltd", "Corp", "Co", "Cos", "Bros", "Jr", "Sr", "Ph.D", "M.D", "Ave", "Blvd", "Rd", "Ste", "Esq",
    "Assn", "Dept", "Univ",
];

/// What ends a sentence as often as not.
#[rustfmt::skip]
pub(super) const CLOSING: &[&str] = &[
    "etc", "гг", "в", "вв", "н.э", "руб", "коп", "долл", "млн", "млрд", "трлн", "тыс", "т.д", "т.п", "др", "пр",
    "проч", "чел", "га", "кг", "км", "экз", "час",
];

/// Words that begin sentences far more often than they follow an initial or a company's name.
#[rustfmt::skip]
pub(super) const STARTERS: &[&str] = &[
    "The", "He", "She", "It", "They", "We", "You", "But", "And", "In", "On", "At", "This", "That", "These",
    "Those", "There", "However", "Its", "His", "Her", "Their", "Our", "If", "When", "While", "After", "Before",
    "As", "For", "Then", "Not", "No", "So", "What", "Who", "Why", "How", "Where", "Another", "Some", "Many",
    "Most", "Both", "According", "Since", "Although", "Earlier", "Meanwhile", "To", "With", "From", "By", "A",
    "An", "I", "Il", "Elle", "Ils", "Elles", "On", "Nous", "Vous", "Je", "Ce", "Cette", "Ces", "Mais", "Et",
    "Dans", "Pour", "Selon", "Après", "Avant", "Un", "Une", "Son", "Sa", "Ses", "Leur", "Leurs", "C'est", "C’est",
    "En", "Depuis", "Cependant", "Toutefois", "Alors", "Au", "Aux", "Par", "Si", "Он", "Она", "Оно", "Они", "Мы",
    "Вы", "Я", "Это", "Этот", "Эта", "Эти", "В", "На", "Но", "И", "А", "По", "С", "Как", "Однако", "После", "Для",
    "При", "За", "До", "Если", "Когда", "Так", "Тогда", "Там", "Также", "Не", "Его", "Её", "Ее", "Их", "Кроме",
    "Ранее", "Между", "Что", "Кто", "У", "К", "Из", "От",
];

/// Days, months and time zones, which follow a time of day.
#[rustfmt::skip]
pub(super) const CALENDAR: &[&str] = &[
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February", "March",
    "April", "May", "June", "July", "August", "September", "October", "November", "December", "Eastern",
    "Pacific", "Central", "Mountain", "Moscow", "Paris", "London",
];

/// Small words that no headline ends with: the line goes on.
#[rustfmt::skip]
pub(super) const JOINING: &[&str] = &[
    "the", "a", "an", "of", "to", "in", "on", "at", "by", "for", "and", "or", "but", "with", "from", "that", "as",
    "is", "are", "was", "were", "has", "have", "had", "its", "his", "her", "their", "le", "la", "les", "un",
    "une", "des", "de", "du", "et", "ou", "à", "au", "aux", "en", "dans", "par", "pour", "sur", "avec", "que",
    "qui", "ce", "sa", "son", "ses", "est", "sont", "и", "а", "но", "или", "в", "во", "на", "с", "со", "к", "по",
    "за", "из", "от", "до", "о", "об", "у", "для", "при", "что", "не", "как",
];

/// Prepositions that put a date before the rest of a Russian sentence.
#[rustfmt::skip]
pub(super) const DATING: &[&str] = &[
    "В", "К", "С", "До", "По", "На", "От", "Летом", "Осенью", "Зимой", "Весной", "Начиная",
];
