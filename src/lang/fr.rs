//! The tables of French.

use rust_stemmers::Algorithm;

use super::tables::{
    Alone, Calendar, CapitalWords, Endings, FullStops, Joiner, List, Names, Negation, Noun, Numbers, Page,
    Reporting, SmallWords, Tables, Unit,
};

/// Singular and plural of the days.
const PLURAL: List = &["", "s"];
const MONTH: List = &[""];

const fn day(stem: &'static str, endings: List, short: List) -> Noun {
    Noun { stem, endings, short }
}

/// The tables of French.
#[rustfmt::skip]
pub static FRENCH: Tables = Tables {
    code: "fr",
    name: "French",
    iso: &["fra", "fre", "fr"],
    families: &["roa", "itc", "romance"],
    alphabet: &[],
    own_letters: &[],
    alike: &[],
    stemmer: Algorithm::French,
    words: SmallWords {
        frequent: &[
            "le", "les", "des", "du", "et", "une", "dans", "pour", "aux", "à", "est", "sont", "sur", "avec", "qui",
            "ce", "cette", "ces", "pas", "ont", "été", "il", "elle", "nous", "vous", "leur", "après", "où", "mais",
            "c'est", "n'est", "l'", "d'", "qu'", "s'", "n'", "j'",
        ],
        articles: &["le", "la", "les", "l", "un", "une"],
        prepositions: &[
            "à", "a", "au", "aux", "en", "de", "du", "des", "d", "dans", "sur", "pour", "par", "avec", "contre",
            "chez", "vers", "sous", "entre", "près", "depuis", "devant", "derrière", "hors", "via", "après", "avant",
            "sans",
        ],
        auxiliaries: &[
            "avoir", "être", "était", "étaient", "avait", "avaient", "sera", "seront", "serait", "seraient", "aura",
            "auront", "aurait", "auraient", "soit", "soient", "sont", "ayant", "étant", "furent", "cette", "leur",
            "leurs", "elle", "elles", "nous", "vous", "dont", "pour", "dans", "avec", "sans", "sous", "chez", "vers",
            "entre", "contre", "après", "avant", "depuis", "pendant", "mais", "donc", "alors", "ainsi", "aussi",
            "plus", "moins", "très", "tout", "toute", "tous", "toutes", "même", "mêmes", "comme", "lorsque", "quand",
            "parce", "puis", "encore", "déjà", "celui", "celle", "ceux", "celles", "autre", "autres", "lequel",
            "laquelle", "jamais", "aucun", "aucune", "rien", "nulle", "guère", "selon", "afin", "peut", "peuvent",
            "pourrait", "pourraient", "doit", "doivent", "devait", "devra", "devrait", "quelque", "quelques",
            "notamment",
        ],
        being: &[
            "est", "sont", "était", "étaient", "été", "être", "sera", "seront", "serait", "fut", "furent", "soit",
        ],
        helpers: &[
            "a", "ont", "avait", "avaient", "aurait", "est", "sont", "était", "étaient", "va", "vont", "pas", "été",
            "se", "s", "ne", "n",
        ],
        by: &["par"],
        and: &["et"],
        pronouns: &[
            "il", "elle", "ils", "elles", "lui", "leur", "leurs", "son", "sa", "ses", "eux", "celui", "celle", "ceux",
            "y", "je", "nous", "mon", "notre",
        ],
        subjects: &["il", "elle", "ils", "elles", "on", "nous", "je", "qui"],
        infinitive: &[],
        starters: &[
            "Il", "Elle", "Ils", "Elles", "On", "Nous", "Vous", "Je", "Ce", "Cette", "Ces", "Mais", "Et", "Dans",
            "Pour", "Selon", "Après", "Avant", "Un", "Une", "Son", "Sa", "Ses", "Leur", "Leurs", "C'est", "C’est",
            "En", "Depuis", "Cependant", "Toutefois", "Alors", "Au", "Aux", "Par", "Si",
        ],
        line_joiners: &[
            "le", "la", "les", "un", "une", "des", "de", "du", "et", "ou", "à", "au", "aux", "en", "dans", "par",
            "pour", "sur", "avec", "que", "qui", "ce", "sa", "son", "ses", "est", "sont",
        ],
        clause_openers: &["et", "mais", "ou", "qui", "que", "dont", "où", "car", "parce", "tandis", "lorsque"],
    },
    endings: Endings {
        verbs: &["é", "ée", "és", "ées", "ait", "aient", "era", "eront", "ent", "ant"],
        adverbs: &["ment"],
        no_names: &["ant", "ment", "é", "és", "ée", "ées"],
        cases: false,
    },
    negation: Negation {
        negators: &[
            "ne", "n", "pas", "jamais", "aucun", "aucune", "sans", "ni", "rien", "nul", "nulle", "non", "guère",
        ],
        not_only: &["que", "qu", "seulement", "uniquement"],
        deniers: &[
            "nier", "nie", "nié", "nient", "niait", "démentir", "dément", "démenti", "réfuter", "réfute", "réfuté",
            "rejeter", "rejette", "rejeté", "refuser", "refuse", "refusé", "refus", "échouer", "échoué", "contester",
            "conteste", "contesté", "exclure", "exclut", "exclu",
        ],
        contractions: &[],
        not_before_digits: &[],
        paired: &["ne", "n"],
        elided: &["n"],
        trails: false,
    },
    reporting: Reporting {
        says: &[
            "dire", "dit", "disent", "déclarer", "déclare", "déclaré", "annoncer", "annonce", "annoncé", "indiquer",
            "indique", "indiqué", "expliquer", "explique", "expliqué", "ajouter", "ajoute", "ajouté", "affirmer",
            "affirme", "affirmé", "préciser", "précise", "précisé", "souligner", "souligne", "souligné", "estimer",
            "estime", "estimé", "assurer", "assure", "assuré", "rapporter", "rapporte", "rapporté", "écrire", "écrit",
            "raconter", "raconte", "raconté",
        ],
        claims: &[
            "nier", "nie", "nié", "démentir", "dément", "démenti", "réfuter", "réfute", "réfuté", "rejeter",
            "rejette", "rejeté", "accuser", "accuse", "accusé", "avertir", "averti", "avertit", "confirmer",
            "confirme", "confirmé", "promettre", "promis", "promet", "condamner", "condamne", "condamné", "dénoncer",
            "dénonce", "dénoncé", "menacer", "menace", "menacé", "exiger", "exige", "exigé", "critiquer", "critique",
            "critiqué",
        ],
        according: &[&["selon"], &["d", "après"]],
    },
    numbers: Numbers {
        thousands: '.',
        decimal: ',',
        minus: &["moins"],
        no_minus_behind: &["au", "du", "ou"],
        one: &["un", "une"],
        from_two: &[
            &["deux"], &["trois"], &["quatre"], &["cinq"], &["six"], &["sept"], &["huit"], &["neuf"], &["dix"],
            &["onze"], &["douze"], &["treize"], &["quatorze"], &["quinze"], &["seize"],
        ],
        tens: &[&["vingt", "vingts"], &["trente"], &["quarante"], &["cinquante"], &["soixante"]],
        hundreds: &[],
        scales: &[
            ("cent", 2), ("cents", 2), ("mille", 3), ("milliers", 3), ("million", 6), ("millions", 6),
            ("milliard", 9), ("milliards", 9), ("md", 9), ("mds", 9), ("mrd", 9), ("mrds", 9), ("billion", 12), ("billions", 12),
        ],
        alone: Alone::Words { words: &["cent", "mille"], not_behind: &["pour"] },
        joiner: Some(Joiner { word: "et", least: 20, multiple: 10 }),
        twenties: true,
        ordinals: &[
            &["première", "premières"], &["deuxième", "second", "seconde"], &["troisième"], &["quatrième"],
            &["cinquième"], &["sixième"], &["septième"], &["huitième"], &["neuvième"], &["dixième"],
        ],
        amounts: &[
            &["dizaine", "dizaines"], &["douzaine", "douzaines"], &["vingtaine"], &["trentaine"], &["quarantaine"],
            &["cinquantaine"], &["centaine", "centaines"], &["milliers"], &["moitié"], &["tiers"],
            &["quart", "quarts"], &["double", "doublé"], &["triple", "triplé"],
        ],
        units: &[
            ("pour cent", Unit::Percent), ("d'euro", Unit::Euro), ("d’euro", Unit::Euro), ("livre", Unit::Pound),
        ],
        unit_words: &[],
        unit_links: &["de "],
        hour_marks: &["h"],
    },
    calendar: Calendar {
        weekdays: &[
            day("lundi", PLURAL, &[]), day("mardi", PLURAL, &[]), day("mercredi", PLURAL, &[]),
            day("jeudi", PLURAL, &[]), day("vendredi", PLURAL, &[]), day("samedi", PLURAL, &[]),
            day("dimanche", PLURAL, &[]),
        ],
        months: &[
            day("janvier", MONTH, &["janv"]), day("février", MONTH, &["févr"]), day("mars", MONTH, &[]),
            day("avril", MONTH, &["avr"]), day("mai", MONTH, &[]), day("juin", MONTH, &[]),
            day("juillet", MONTH, &["juill"]), day("août", MONTH, &["aout"]), day("septembre", MONTH, &["sept"]),
            day("octobre", MONTH, &["oct"]), day("novembre", MONTH, &["nov"]), day("décembre", MONTH, &["déc"]),
        ],
        relative_days: &["hier", "demain", "aujourd"],
        capitals: None,
    },
    names: Names {
        titles: &[
            "m", "mm", "mme", "mlle", "me", "dr", "pr", "président", "présidente", "ministre", "premier", "première",
            "roi", "reine", "prince", "princesse", "pape", "sénateur", "maire", "général", "colonel", "capitaine",
            "juge", "chef", "madame", "monsieur", "vice",
        ],
        people: &["interrogé", "interrogée", "joint", "jointe", "hier", "plusieurs"],
        endings: &[
            "", "e", "s", "es", "ois", "oise", "oises", "ais", "aise", "aises", "ien", "iens", "ienne", "iennes",
            "ie", "ain", "ains", "aine", "aines", "n", "ne", "ns", "nes",
        ],
        least: 4,
        plurals: (&[], &[]),
        abbreviations: &[("ONU", &["nations", "unies"]), ("UE", &["union", "européenne"])],
    },
    capitals: CapitalWords {
        abbreviations: &[
            "ONU", "OTAN", "UE", "USA", "URSS", "UNESCO", "UNICEF", "OMS", "OMC", "AIEA", "BCE", "FMI", "OCDE", "OM", "OL",
            "ASSE", "CIA", "IA", "IRA", "ISF", "RER", "ENA", "EDF", "SIDA", "TVA", "UMP", "LREM", "FIFA", "UEFA", "NASA", "ESA",
            "AFP", "PIB", "PME", "VIH", "COVID", "CEDH", "CNIL", "ADN", "ARN", "ETA", "EI", "RATP", "OPEP", "JO", "SAMU", "BAC",
            "CAC", "AIE", "OIT", "UFC", "INSEE", "CRS", "RN", "PS", "LR",
        ],
        small: &[
            "mm", "mr", "st", "km", "kg", "mds", "ms", "hm", "nd",
        ],
        names: &[
            "afghanistan", "afrique", "algérie", "allemagne", "alsace", "amérique", "angleterre", "argentine", "asie",
            "australie", "autriche", "bamako", "belgique", "berlin", "bordeaux", "bretagne", "brésil", "bruxelles", "bulgarie",
            "californie", "canada", "chine", "chypre", "corse", "crimée", "cuba", "damas", "danemark", "espagne", "europe",
            "finlande", "france", "gaza", "genève", "grèce", "géorgie", "hongrie", "inde", "irak", "iran", "irlande", "israël",
            "istanbul", "italie", "japon", "jérusalem", "kiev", "kremlin", "lille", "lisbonne", "londres", "lyon", "luxembourg",
            "madrid", "mali", "maroc", "marseille", "mexique", "montréal", "moscou", "nantes", "nice", "norvège", "ottawa",
            "pakistan", "paris", "pologne", "portugal", "prague", "québec", "rome", "roumanie", "russie", "rennes", "sénégal",
            "serbie", "strasbourg", "suisse", "suède", "syrie", "taïwan", "tokyo", "toulouse", "tunisie", "turquie", "téhéran",
            "ukraine", "vatican", "venezuela", "versailles", "vienne", "washington", "yémen", "écosse", "égypte", "états",
            "unis", "noël", "obama", "poutine", "trump", "biden", "macron", "sarkozy", "hollande", "merkel", "zelensky",
        ],
    },
    full_stops: FullStops {
        leaning: &[
            "M", "MM", "Me", "Mme", "Mlle", "Mgr", "Pr", "Dr", "St", "Ste", "Cf", "cf", "p.ex", "ex", "apr", "av",
            "env", "éd", "dir", "coll", "Gal", "Cdt", "bd", "boul", "c.-à-d",
        ],
        units: &[],
        leaning_everywhere: &[],
        spaced_leaning: &[("p.", "ex")],
        spaced_closing: &[],
        numbering: &["janv", "févr", "avr", "juill", "sept", "oct", "nov", "déc", "h", "tél", "réf", "al", "n°", "t", "vol", "chap", "min"],
        initial: &[],
        suffixes: &[],
        closing: &[],
        clock: &[],
        after_clock: &[],
        year: &[],
        dating: &[],
    },
    page: Page {
        phrases: &[
            "lire aussi", "lire la suite", "voir aussi", "suivez-nous", "abonnez-vous", "photo d'archives",
            "crédit photo", "tous droits réservés", "cliquez ici", "crédits photo", "photo d'illustration", "image d'illustration",
            "partager sur", "partagez cet article", "inscrivez-vous à", "recevez notre", "recevez chaque", "écoutez cet article",
            "à lire également", "à lire aussi", "sur le même sujet", "télécharger l'application", "téléchargez notre application",
            "article réservé aux abonnés", "la suite est réservée", "réagissez à", "photo de",
        ],
        labels: &[
            "vidéo", "publicité", "légende", "mis à jour", "publié", "à lire", "photo", "photos", "image", "crédit", "crédits",
            "illustration", "source", "auteur", "texte", "par", "partager", "mots-clés",
        ],
        stamps: &["publié", "publiée", "mis à jour", "mise à jour", "modifié", "posté"],
        stamp_words: &[
            "le", "à", "et", "h", "min", "par", "heure", "heures", "de", "il", "y", "a", "mis", "jour", "publié", "modifié",
            "mise", "lecture", "temps",
        ],
        bylines: &["par"],
    },
};
