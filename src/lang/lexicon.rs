//! The small words that turn a sentence's meaning, in each language, and the words of time and number.
//!
//! Words are in small letters, `ё` written `е`, cut at apostrophes and hyphens as `word` cuts them.

use super::language::Language;

/// What is known of a language's words.
pub struct Lexicon {
    /// Say no by themselves. `n't` is seen elsewhere.
    pub negators: &'static [&'static str],
    /// What makes a `not` before it no negation: "not only".
    pub not_only: &'static [&'static str],
    /// Deny what follows; compared by stem.
    pub deniers: &'static [&'static str],
    /// Report speech and no more; one may stand for another. Compared by stem.
    pub says: &'static [&'static str],
    /// Report speech and judge it, so that none stands for another. Compared by stem.
    pub claims: &'static [&'static str],
    /// Phrases before the name of who said it.
    pub according: &'static [&'static [&'static str]],
    /// What follows one of these does nothing: it is acted on, or a place.
    pub prepositions: &'static [&'static str],
    /// Forms of "to be", auxiliaries and pronouns, of four letters or more where the stop words do not tell them.
    pub auxiliaries: &'static [&'static str],
    /// "To be" as it stands in a passive.
    pub being: &'static [&'static str],
    /// Before a verb, as a rule.
    pub helpers: &'static [&'static str],
    /// Before who did it, in a passive.
    pub by: &'static [&'static str],
    pub and: &'static [&'static str],
    /// Stand for a name in a sentence before.
    pub pronouns: &'static [&'static str],
    /// Before names; also written small.
    pub titles: &'static [&'static str],
    /// Who is spoken of without a name at a sentence's beginning.
    pub people: &'static [&'static str],
    /// One, in its forms; alone it is mostly an article, so it counts behind tens and hundreds.
    pub one: &'static [&'static str],
    /// Numbers from two to nineteen, in their forms.
    pub numbers: &'static [&'static [&'static str]],
    /// Twenty, thirty and so on.
    pub tens: &'static [&'static [&'static str]],
    /// A hundred, two hundred and so on, where these are words of their own.
    pub hundreds: &'static [&'static [&'static str]],
    /// Powers of ten: with the beginnings or wholes of their names.
    pub scales: &'static [(&'static str, i32)],
    /// Weekdays, Monday first, by their forms.
    pub weekdays: &'static [&'static [&'static str]],
    /// Months, January first, by their forms.
    pub months: &'static [&'static [&'static str]],
    /// Days told from the day of writing.
    pub relative_days: &'static [&'static str],
    /// Places in a row, first to tenth as far as they are there, by their forms.
    pub ordinals: &'static [&'static [&'static str]],
    /// Amounts that are not told exactly, and fractions, by their forms.
    pub amounts: &'static [&'static [&'static str]],
}

impl Lexicon {
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
            Language::Russian => &RUSSIAN,
        }
    }
}

#[rustfmt::skip]
static ENGLISH: Lexicon = Lexicon {
    negators: &[
        "not", "never", "no", "without", "cannot", "neither", "nor", "none", "nobody", "nothing", "nowhere", "hardly",
        "barely",
    ],
    not_only: &["only", "just", "merely", "simply"],
    deniers: &[
        "deny", "denied", "refute", "refuted", "reject", "rejected", "refuse", "refused", "fail", "failed", "failure",
        "denial", "refusal", "unable", "unlikely", "dispute", "disputed", "dismiss", "dismissed",
    ],
    says: &[
        "say", "said", "says", "tell", "told", "announce", "announced", "add", "added", "explain", "explained",
        "declare", "declared", "write", "wrote", "written", "tweeted", "insist", "insisted", "admit", "admitted",
    ],
    claims: &[
        "deny", "denied", "refute", "refuted", "reject", "rejected", "accuse", "accused", "warn", "warned", "claim",
        "claimed", "confirm", "confirmed", "promise", "promised", "condemn", "condemned", "dismiss", "dismissed",
        "threaten", "threatened", "urge", "urged", "demand", "demanded", "criticise", "criticize", "praise",
    ],
    according: &[&["according", "to"]],
    prepositions: &[
        "in", "at", "to", "of", "from", "with", "on", "against", "for", "by", "into", "near", "over", "between",
        "among", "about", "through", "across", "towards", "under", "behind", "outside", "inside", "around", "like",
        "during", "via", "than", "within", "off", "beyond", "without",
    ],
    auxiliaries: &[
        "have", "having", "been", "being", "were", "will", "would", "could", "should", "shall", "must", "might", "does",
        "doing", "done", "that", "this", "these", "those", "they", "them", "their", "theirs", "which", "what", "when",
        "where", "while", "whom", "whose", "there", "here", "then", "than", "such", "same", "some", "also", "very",
        "just", "only", "even", "still", "into", "with", "from", "over", "about", "after", "before", "between",
        "through", "because", "though", "although", "both", "each", "more", "most", "other", "another", "himself",
        "herself", "themselves", "itself", "your", "yours", "until", "since", "during", "against", "among", "under",
        "again", "however", "already", "according", "cannot", "without", "neither", "never", "nothing", "none",
        "nobody", "hardly", "barely", "nowhere",
    ],
    being: &["is", "are", "was", "were", "be", "been", "being", "got"],
    helpers: &[
        "has", "have", "had", "will", "would", "can", "could", "should", "shall", "must", "may", "might", "did", "does",
        "do", "to", "is", "are", "was", "were", "been", "not", "never", "t", "also",
    ],
    by: &["by"],
    and: &["and"],
    pronouns: &["he", "she", "it", "they", "him", "her", "them", "his", "hers", "its", "their", "we", "i", "my", "our"],
    titles: &[
        "mr", "mrs", "ms", "dr", "prof", "professor", "sir", "lord", "lady", "dame", "president", "minister", "prime",
        "secretary", "chancellor", "king", "queen", "prince", "princess", "pope", "senator", "governor", "mayor",
        "general", "colonel", "captain", "sergeant", "judge", "chief", "foreign", "vice", "deputy", "premier", "former",
    ],
    people: &["police", "staff", "people", "none", "nobody", "everyone", "everybody"],
    one: &["one"],
    numbers: &[
        &["two"], &["three"], &["four"], &["five"], &["six"], &["seven"], &["eight"], &["nine"], &["ten"], &["eleven"],
        &["twelve"], &["thirteen"], &["fourteen"], &["fifteen"], &["sixteen"], &["seventeen"], &["eighteen"],
        &["nineteen"],
    ],
    hundreds: &[],
    tens: &[&["twenty"], &["thirty"], &["forty"], &["fifty"], &["sixty"], &["seventy"], &["eighty"], &["ninety"]],
    scales: &[
        ("hundred", 2), ("thousand", 3), ("million", 6), ("mln", 6), ("billion", 9), ("trillion", 12), ("bn", 9),
        ("m", 6), ("k", 3),
    ],
    weekdays: &[
        &["monday", "mondays", "mon"], &["tuesday", "tuesdays", "tue", "tues"], &["wednesday", "wednesdays", "wed"],
        &["thursday", "thursdays", "thu", "thurs"], &["friday", "fridays", "fri"], &["saturday", "saturdays", "sat"],
        &["sunday", "sundays", "sun"],
    ],
    months: &[
        &["january", "jan"], &["february", "feb"], &["march", "mar"], &["april", "apr"], &["may"], &["june", "jun"],
        &["july", "jul"], &["august", "aug"], &["september", "sep", "sept"], &["october", "oct"], &["november", "nov"],
        &["december", "dec"],
    ],
    relative_days: &["yesterday", "today", "tomorrow"],
    ordinals: &[
        &["first"], &["second"], &["third"], &["fourth"], &["fifth"], &["sixth"], &["seventh"], &["eighth"], &["ninth"],
        &["tenth"],
    ],
    amounts: &[
        &["dozen", "dozens"], &["tens"], &["hundreds"], &["thousands"], &["millions"], &["billions"], &["half", "halves"],
        &["quarter", "quarters"], &["double", "doubled", "twice"], &["triple", "tripled"],
    ],
};

#[rustfmt::skip]
static FRENCH: Lexicon = Lexicon {
    negators: &[
        "ne", "n", "pas", "jamais", "aucun", "aucune", "sans", "ni", "rien", "nul", "nulle", "non", "guère",
    ],
    not_only: &["que", "qu", "seulement", "uniquement"],
    deniers: &[
        "nier", "nie", "nié", "nient", "niait", "démentir", "dément", "démenti", "réfuter", "réfute", "réfuté",
        "rejeter", "rejette", "rejeté", "refuser", "refuse", "refusé", "refus", "échouer", "échoué", "contester",
        "conteste", "contesté", "exclure", "exclut", "exclu",
    ],
    says: &[
        "dire", "dit", "disent", "déclarer", "déclare", "déclaré", "annoncer", "annonce", "annoncé", "indiquer",
        "indique", "indiqué", "expliquer", "explique", "expliqué", "ajouter", "ajoute", "ajouté", "affirmer",
        "affirme", "affirmé", "préciser", "précise", "précisé", "souligner", "souligne", "souligné", "estimer",
        "estime", "estimé", "assurer", "assure", "assuré", "rapporter", "rapporte", "rapporté", "écrire",
        "écrit", "raconter", "raconte", "raconté",
    ],
    claims: &[
        "nier", "nie", "nié", "démentir", "dément", "démenti", "réfuter", "réfute", "réfuté", "rejeter", "rejette",
        "rejeté", "accuser", "accuse", "accusé", "avertir", "averti", "avertit", "confirmer", "confirme", "confirmé",
        "promettre", "promis", "promet", "condamner", "condamne", "condamné", "dénoncer", "dénonce", "dénoncé",
        "menacer", "menace", "menacé", "exiger", "exige", "exigé", "critiquer", "critique", "critiqué",
    ],
    according: &[&["selon"], &["d", "après"]],
    prepositions: &[
        "à", "a", "au", "aux", "en", "de", "du", "des", "d", "dans", "sur", "pour", "par", "avec", "contre", "chez",
        "vers", "sous", "entre", "près", "depuis", "devant", "derrière", "hors", "via", "après", "avant", "sans",
    ],
    auxiliaries: &[
        "avoir", "être", "était", "étaient", "avait", "avaient", "sera", "seront", "serait", "seraient", "aura",
        "auront", "aurait", "auraient", "soit", "soient", "sont", "ayant", "étant", "furent", "cette", "leur", "leurs",
        "elle", "elles", "nous", "vous", "dont", "pour", "dans", "avec", "sans", "sous", "chez", "vers", "entre",
        "contre", "après", "avant", "depuis", "pendant", "mais", "donc", "alors", "ainsi", "aussi", "plus", "moins",
        "très", "tout", "toute", "tous", "toutes", "même", "mêmes", "comme", "lorsque", "quand", "parce", "puis",
        "encore", "déjà", "celui", "celle", "ceux", "celles", "autre", "autres", "lequel", "laquelle", "jamais",
        "aucun", "aucune", "rien", "nulle", "guère", "selon", "afin", "peut", "peuvent", "pourrait", "pourraient",
        "doit", "doivent", "devait", "devra", "devrait", "quelque", "quelques", "notamment",
    ],
    being: &["est", "sont", "était", "étaient", "été", "être", "sera", "seront", "serait", "fut", "furent", "soit"],
    helpers: &[
        "a", "ont", "avait", "avaient", "aurait", "est", "sont", "était", "étaient", "va", "vont", "pas", "été", "se", "s",
        "ne", "n",
    ],
    by: &["par"],
    and: &["et"],
    pronouns: &[
        "il", "elle", "ils", "elles", "lui", "leur", "leurs", "son", "sa", "ses", "eux", "celui", "celle", "ceux", "y",
        "je", "nous", "mon", "notre",
    ],
    titles: &[
        "m", "mm", "mme", "mlle", "me", "dr", "pr", "président", "présidente", "ministre", "premier", "première",
        "roi", "reine", "prince", "princesse", "pape", "sénateur", "maire", "général", "colonel", "capitaine", "juge",
        "chef", "madame", "monsieur", "vice",
    ],
    people: &["interrogé", "interrogée", "joint", "jointe", "hier", "plusieurs"],
    one: &["un", "une"],
    numbers: &[
        &["deux"], &["trois"], &["quatre"], &["cinq"], &["six"], &["sept"], &["huit"], &["neuf"], &["dix"], &["onze"],
        &["douze"], &["treize"], &["quatorze"], &["quinze"], &["seize"],
    ],
    tens: &[&["vingt", "vingts"], &["trente"], &["quarante"], &["cinquante"], &["soixante"]],
    hundreds: &[],
    scales: &[
        ("cent", 2), ("cents", 2), ("mille", 3), ("milliers", 3), ("million", 6), ("millions", 6), ("milliard", 9),
        ("milliards", 9), ("md", 9), ("mds", 9),
    ],
    weekdays: &[
        &["lundi", "lundis"], &["mardi", "mardis"], &["mercredi", "mercredis"], &["jeudi", "jeudis"],
        &["vendredi", "vendredis"], &["samedi", "samedis"], &["dimanche", "dimanches"],
    ],
    months: &[
        &["janvier", "janv"], &["février", "févr"], &["mars"], &["avril", "avr"], &["mai"], &["juin"],
        &["juillet", "juill"], &["août"], &["septembre", "sept"], &["octobre", "oct"], &["novembre", "nov"],
        &["décembre", "déc"],
    ],
    relative_days: &["hier", "demain", "aujourd"],
    ordinals: &[
        &["première", "premières"], &["deuxième", "second", "seconde"], &["troisième"], &["quatrième"], &["cinquième"],
        &["sixième"], &["septième"], &["huitième"], &["neuvième"], &["dixième"],
    ],
    amounts: &[
        &["dizaine", "dizaines"], &["douzaine", "douzaines"], &["vingtaine"], &["trentaine"], &["quarantaine"],
        &["cinquantaine"], &["centaine", "centaines"], &["milliers"], &["moitié"], &["tiers"], &["quart", "quarts"],
        &["double", "doublé"], &["triple", "triplé"],
    ],
};

#[rustfmt::skip]
static RUSSIAN: Lexicon = Lexicon {
    negators: &["не", "ни", "нет", "никогда", "без", "нельзя", "никто", "ничто", "ничего", "никого"],
    not_only: &["только", "просто", "столько"],
    deniers: &[
        "отрицать", "отрицает", "отрицал", "отрицают", "опровергнуть", "опроверг", "опровергает", "опровергла",
        "опровергли", "отказать", "отказался", "отказалась", "отказались", "отказ", "отказывается", "отвергнуть",
        "отверг", "отвергла", "отвергли", "исключить", "исключил", "исключила",
    ],
    says: &[
        "сказать", "сказал", "сказала", "сказали", "говорит", "говорил", "говорила", "заявить", "заявил", "заявила",
        "заявили", "заявляет", "сообщить", "сообщил", "сообщила", "сообщили", "сообщает", "сообщают", "объявить",
        "объявил", "объявила", "объявили", "отметить", "отметил", "отметила", "отметили", "добавить", "добавил",
        "добавила", "рассказать", "рассказал", "рассказала", "рассказали", "пояснить", "пояснил", "пояснила",
        "подчеркнул", "подчеркнула", "написал", "написала", "утверждает", "утверждают", "утверждал",
    ],
    claims: &[
        "отрицает", "отрицал", "отрицают", "опроверг", "опровергает", "опровергла", "опровергли", "отверг",
        "отвергла", "отвергли", "обвинил", "обвинила", "обвинили", "обвиняет", "предупредил", "предупредила",
        "предупредили", "подтвердил", "подтвердила", "подтвердили", "пообещал", "пообещала", "пообещали", "осудил",
        "осудила", "осудили", "потребовал", "потребовала", "потребовали", "призвал", "призвала", "призвали",
        "раскритиковал", "раскритиковала",
    ],
    according: &[&["по", "словам"], &["по", "данным"], &["по", "мнению"], &["согласно"]],
    prepositions: &[
        "в", "во", "на", "с", "со", "к", "ко", "по", "за", "из", "от", "до", "о", "об", "у", "для", "при", "против",
        "под", "над", "через", "между", "около", "без", "из-за", "после", "перед", "про", "среди", "возле", "ради",
    ],
    auxiliaries: &[
        "была", "были", "было", "будет", "будут", "быть", "этот", "этого", "этом", "этой", "этих", "этим", "который",
        "которая", "которое", "которые", "которых", "которого", "которой", "также", "того", "тоже", "чтобы", "если",
        "когда", "после", "перед", "через", "против", "между", "него", "нему", "своего", "своей", "своих", "свой",
        "свою", "свои", "более", "менее", "только", "уже", "может", "могут", "можно", "однако", "никогда", "нельзя",
        "ничего", "никто", "ничто", "никого", "просто", "очень", "себя", "себе", "всех", "всем", "всего", "тогда",
        "потому", "около",
    ],
    being: &["был", "была", "было", "были", "будет", "будут", "быть"],
    helpers: &["не", "был", "была", "было", "были", "будет", "будут"],
    by: &[],
    and: &["и"],
    pronouns: &[
        "он", "она", "оно", "они", "его", "ее", "их", "ему", "ей", "им", "него", "нее", "них", "ними", "ним", "я", "мы",
        "наш", "мой",
    ],
    titles: &[
        "президент", "премьер", "министр", "глава", "король", "королева", "принц", "папа", "сенатор", "губернатор",
        "мэр", "генерал", "полковник", "капитан", "судья", "господин", "госпожа",
    ],
    people: &[
        "власти", "полиция", "полицейские", "чиновники", "эксперты", "специалисты", "жители", "ученые", "врачи",
        "следователи", "спасатели", "военные",
    ],
    one: &["один", "одна", "одно", "одного", "одной", "одному", "одним", "одну", "одном"],
    numbers: &[
        &["два", "две", "двух", "двум", "двумя", "двое", "двоих"], &["три", "трех", "трем", "тремя", "трое", "троих"],
        &["четыре", "четырех", "четырем", "четырьмя", "четверо", "четверых"], &["пять", "пяти", "пятью", "пятеро"],
        &["шесть", "шести", "шестью", "шестеро"], &["семь", "семи", "семью", "семеро"],
        &["восемь", "восьми", "восемью"], &["девять", "девяти", "девятью"], &["десять", "десяти", "десятью"],
        &["одиннадцать", "одиннадцати"], &["двенадцать", "двенадцати"],
        &["тринадцать", "тринадцати"], &["четырнадцать", "четырнадцати"], &["пятнадцать", "пятнадцати"],
        &["шестнадцать", "шестнадцати"], &["семнадцать", "семнадцати"], &["восемнадцать", "восемнадцати"],
        &["девятнадцать", "девятнадцати"],
    ],
    tens: &[
        &["двадцать", "двадцати", "двадцатью"], &["тридцать", "тридцати", "тридцатью"], &["сорок", "сорока"],
        &["пятьдесят", "пятидесяти", "пятьюдесятью"], &["шестьдесят", "шестидесяти", "шестьюдесятью"],
        &["семьдесят", "семидесяти", "семьюдесятью"], &["восемьдесят", "восьмидесяти", "восемьюдесятью"],
        &["девяносто", "девяноста"],
    ],
    hundreds: &[
        &["сто", "ста"], &["двести", "двухсот", "двумстам"], &["триста", "трехсот", "тремстам"],
        &["четыреста", "четырехсот"], &["пятьсот", "пятисот"], &["шестьсот", "шестисот"], &["семьсот", "семисот"],
        &["восемьсот", "восьмисот"], &["девятьсот", "девятисот"],
    ],
    scales: &[
        ("тыс", 3), ("тысяча", 3), ("тысячи", 3), ("тысяч", 3), ("тысячам", 3), ("тысячу", 3), ("млн", 6),
        ("миллион", 6), ("миллиона", 6), ("миллионов", 6), ("миллионами", 6), ("миллионам", 6), ("млрд", 9),
        ("миллиард", 9), ("миллиарда", 9), ("миллиардов", 9), ("трлн", 12),
    ],
    weekdays: &[
        &["понедельник", "понедельника", "понедельнику"], &["вторник", "вторника", "вторнику"],
        &["среда", "среду", "среды", "среде"], &["четверг", "четверга", "четвергу"],
        &["пятница", "пятницу", "пятницы", "пятнице"], &["суббота", "субботу", "субботы", "субботе"],
        &["воскресенье", "воскресенья", "воскресенью"],
    ],
    months: &[
        &["январь", "января", "январе", "янв"], &["февраль", "февраля", "феврале", "февр"],
        &["март", "марта", "марте"], &["апрель", "апреля", "апреле", "апр"], &["май", "мая", "мае"],
        &["июнь", "июня", "июне"], &["июль", "июля", "июле"], &["август", "августа", "августе", "авг"],
        &["сентябрь", "сентября", "сентябре", "сент"], &["октябрь", "октября", "октябре", "окт"],
        &["ноябрь", "ноября", "ноябре", "нояб"], &["декабрь", "декабря", "декабре", "дек"],
    ],
    relative_days: &["вчера", "сегодня", "завтра"],
    ordinals: &[
        &["первый", "первая", "первое", "первые", "первого", "первой", "первому", "первом", "первую", "первых", "первым"],
        &["второй", "вторая", "второе", "вторые", "второго", "второму", "втором", "вторую", "вторых", "вторым"],
        &["третий", "третья", "третье", "третьего", "третьей", "третьему", "третьем", "третью", "третьим"],
        &["четвертый", "четвертая", "четвертое", "четвертого", "четвертой", "четвертом", "четвертую"],
        &["пятый", "пятая", "пятое", "пятого", "пятой", "пятом", "пятую"],
    ],
    amounts: &[
        &["десяток", "десятка", "десятки", "десятков", "десяткам", "десятками"],
        &["дюжина", "дюжины", "дюжину"], &["сотня", "сотни", "сотню", "сотен", "сотням", "сотнями"],
        &["тысячами"], &["половина", "половины", "половину", "половине"], &["треть", "трети"],
        &["четверть", "четверти"], &["вдвое", "удвоил", "удвоился", "удвоилось"], &["втрое"],
    ],
};
