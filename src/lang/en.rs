//! The tables of English.

use rust_stemmers::Algorithm;

use super::tables::{
    Alone, Calendar, CapitalWords, Capitals, Endings, FullStops, Joiner, List, Names, Negation, Noun,
    Numbers, Page, Reporting, SmallWords, Tables, Unit,
};

/// Singular and plural of the days.
const PLURAL: List = &["", "s"];
const MONTH: List = &[""];

const fn day(stem: &'static str, endings: List, short: List) -> Noun {
    Noun { stem, endings, short }
}

/// The tables of English.
#[rustfmt::skip]
pub static ENGLISH: Tables = Tables {
    code: "en",
    name: "English",
    iso: &["eng", "en"],
    families: &["gem", "gmw"],
    alphabet: &[],
    own_letters: &[],
    alike: &[],
    stemmer: Algorithm::English,
    words: SmallWords {
        frequent: &[
            "the", "of", "and", "to", "with", "this", "that", "these", "from", "are", "were", "has", "have", "had",
            "been", "it", "its", "he", "she", "they", "his", "their", "you", "your", "we", "our", "will", "would",
            "after", "about", "by", "not", "but", "which", "who", "what", "when", "how", "why", "says", "said",
        ],
        articles: &["the", "a", "an"],
        prepositions: &[
            "in", "at", "to", "of", "from", "with", "on", "against", "for", "by", "into", "near", "over", "between",
            "among", "about", "through", "across", "towards", "under", "behind", "outside", "inside", "around",
            "like", "during", "via", "than", "within", "off", "beyond", "without",
        ],
        auxiliaries: &[
            "have", "having", "been", "being", "were", "will", "would", "could", "should", "shall", "must", "might",
            "does", "doing", "done", "that", "this", "these", "those", "they", "them", "their", "theirs", "which",
            "what", "when", "where", "while", "whom", "whose", "there", "here", "then", "than", "such", "same",
            "some", "also", "very", "just", "only", "even", "still", "into", "with", "from", "over", "about", "after",
            "before", "between", "through", "because", "though", "although", "both", "each", "more", "most", "other",
            "another", "himself", "herself", "themselves", "itself", "your", "yours", "until", "since", "during",
            "against", "among", "under", "again", "however", "already", "according", "cannot", "without", "neither",
            "never", "nothing", "none", "nobody", "hardly", "barely", "nowhere",
        ],
        being: &["is", "are", "was", "were", "be", "been", "being", "got"],
        helpers: &[
            "has", "have", "had", "will", "would", "can", "could", "should", "shall", "must", "may", "might", "did",
            "does", "do", "to", "is", "are", "was", "were", "been", "not", "never", "t", "also",
        ],
        by: &["by"],
        and: &["and"],
        pronouns: &[
            "he", "she", "it", "they", "him", "her", "them", "his", "hers", "its", "their", "we", "i", "my", "our",
        ],
        subjects: &["i", "he", "she", "it", "they", "we", "you", "who"],
        infinitive: &["to"],
        starters: &[
            "The", "He", "She", "It", "They", "We", "You", "But", "And", "In", "On", "At", "This", "That", "These",
            "Those", "There", "However", "Its", "His", "Her", "Their", "Our", "If", "When", "While", "After",
            "Before", "As", "For", "Then", "Not", "No", "So", "What", "Who", "Why", "How", "Where", "Another", "Some",
            "Many", "Most", "Both", "According", "Since", "Although", "Earlier", "Meanwhile", "To", "With", "From",
            "By", "A", "An", "I", "Nobody", "Nothing", "None", "Everyone", "Everybody", "Someone", "Now", "Here", "Today",
            "Yesterday", "Later", "Such", "Several", "Even", "Still", "Yet", "Once", "Also", "All", "Only", "Because",
            "During", "Until", "Despite", "Between", "My", "Your", "Each", "Every", "Instead", "Perhaps",
            "Nevertheless", "Though", "Of", "About", "Was", "Is", "Are", "Were", "Did", "Does", "Do",
        ],
        line_joiners: &[
            "the", "a", "an", "of", "to", "in", "on", "at", "by", "for", "and", "or", "but", "with", "from", "that",
            "as", "is", "are", "was", "were", "has", "have", "had", "its", "his", "her", "their",
        ],
        clause_openers: &[
            "and", "but", "or", "which", "who", "that", "because", "while", "when", "where", "although",
        ],
    },
    endings: Endings {
        verbs: &["ed", "ing"],
        adverbs: &["ly"],
        no_names: &["s", "ing", "ed", "ly"],
        cases: false,
    },
    negation: Negation {
        negators: &[
            "not", "never", "no", "without", "cannot", "neither", "nor", "none", "nobody", "nothing", "nowhere",
            "hardly", "barely",
        ],
        not_only: &["only", "just", "merely", "simply"],
        deniers: &[
            "deny", "denied", "refute", "refuted", "reject", "rejected", "refuse", "refused", "fail", "failed",
            "failure", "denial", "refusal", "unable", "unlikely", "dispute", "disputed", "dismiss", "dismissed",
        ],
        contractions: &[("n", "t")],
        not_before_digits: &["no"],
        paired: &[],
        elided: &[],
        trails: false,
    },
    reporting: Reporting {
        says: &[
            "say", "said", "says", "tell", "told", "announce", "announced", "add", "added", "explain", "explained",
            "declare", "declared", "write", "wrote", "written", "tweeted", "insist", "insisted", "admit", "admitted",
        ],
        claims: &[
            "deny", "denied", "refute", "refuted", "reject", "rejected", "accuse", "accused", "warn", "warned",
            "claim", "claimed", "confirm", "confirmed", "promise", "promised", "condemn", "condemned", "dismiss",
            "dismissed", "threaten", "threatened", "urge", "urged", "demand", "demanded", "criticise", "criticize",
            "praise",
        ],
        according: &[&["according", "to"]],
    },
    numbers: Numbers {
        thousands: ',',
        decimal: '.',
        minus: &["minus"],
        no_minus_behind: &["or"],
        one: &["one"],
        from_two: &[
            &["two"], &["three"], &["four"], &["five"], &["six"], &["seven"], &["eight"], &["nine"], &["ten"],
            &["eleven"], &["twelve"], &["thirteen"], &["fourteen"], &["fifteen"], &["sixteen"], &["seventeen"],
            &["eighteen"], &["nineteen"],
        ],
        tens: &[&["twenty"], &["thirty"], &["forty"], &["fifty"], &["sixty"], &["seventy"], &["eighty"], &["ninety"]],
        hundreds: &[],
        scales: &[
            ("hundred", 2), ("thousand", 3), ("million", 6), ("millions", 6), ("mln", 6), ("billion", 9), ("billions", 9), ("trillion", 12), ("bn", 9), ("bln", 9), ("tn", 12), ("trn", 12), ("thou", 3), ("mn", 6),
            ("m", 6), ("k", 3),
        ],
        alone: Alone::Behind(&["a", "one"]),
        joiner: Some(Joiner { word: "and", least: 100, multiple: 100 }),
        twenties: false,
        ordinals: &[
            &["first"], &["second"], &["third"], &["fourth"], &["fifth"], &["sixth"], &["seventh"], &["eighth"],
            &["ninth"], &["tenth"],
        ],
        amounts: &[
            &["dozen", "dozens"], &["tens"], &["hundreds"], &["thousands"], &["millions"], &["billions"],
            &["half", "halves"], &["quarter", "quarters"], &["double", "doubled", "twice"], &["triple", "tripled"],
        ],
        units: &[
            ("percent", Unit::Percent), ("per cent", Unit::Percent), ("pct", Unit::Percent), ("dollar", Unit::Dollar),
            ("euro", Unit::Euro), ("pound", Unit::Pound), ("rouble", Unit::Rouble), ("ruble", Unit::Rouble),
        ],
        unit_words: &["percent", "pct", "dollar", "euro", "rouble", "ruble"],
        unit_links: &[],
        hour_marks: &[],
    },
    calendar: Calendar {
        weekdays: &[
            day("monday", PLURAL, &["mon"]), day("tuesday", PLURAL, &["tue", "tues"]),
            day("wednesday", PLURAL, &["wed"]), day("thursday", PLURAL, &["thu", "thurs"]),
            day("friday", PLURAL, &["fri"]), day("saturday", PLURAL, &["sat"]), day("sunday", PLURAL, &["sun"]),
        ],
        months: &[
            day("january", MONTH, &["jan"]), day("february", MONTH, &["feb"]), day("march", MONTH, &["mar"]),
            day("april", MONTH, &["apr"]), day("may", MONTH, &[]), day("june", MONTH, &["jun"]),
            day("july", MONTH, &["jul"]), day("august", MONTH, &["aug"]), day("september", MONTH, &["sep", "sept"]),
            day("october", MONTH, &["oct"]), day("november", MONTH, &["nov"]), day("december", MONTH, &["dec"]),
        ],
        relative_days: &["yesterday", "today", "tomorrow"],
        capitals: Some(Capitals {
            sure: &["april", "july", "june"],
            behind: &[
                "in", "on", "of", "since", "until", "by", "from", "last", "next", "early", "late", "mid", "this",
                "before", "after", "between", "and", "to",
            ],
        }),
    },
    names: Names {
        titles: &[
            "mr", "mrs", "ms", "dr", "prof", "professor", "sir", "lord", "lady", "dame", "president", "minister",
            "prime", "secretary", "chancellor", "king", "queen", "prince", "princess", "pope", "senator", "governor",
            "mayor", "general", "colonel", "captain", "sergeant", "judge", "chief", "foreign", "vice", "deputy",
            "premier", "former",
        ],
        people: &["police", "staff", "people", "none", "nobody", "everyone", "everybody"],
        endings: &["", "a", "n", "an", "ian", "ans", "ians", "ese", "i", "is", "ish", "s'"],
        least: 4,
        plurals: (&["s"], &[""]),
        abbreviations: &[
            ("US", &["united", "states"]), ("USA", &["united", "states"]), ("UK", &["united", "kingdom"]),
            ("UK", &["britain"]), ("UN", &["united", "nations"]), ("EU", &["european", "union"]), ("USA", &["US"]),
        ],
    },
    capitals: CapitalWords {
        abbreviations: &[
            "NATO", "UN", "EU", "US", "USA", "UK", "UAE", "USSR", "UNESCO", "UNICEF", "NASA", "ESA", "FIFA", "UEFA", "OPEC",
            "OECD", "ASEAN", "AIDS", "COVID", "AI", "CEO", "CIA", "IAEA", "IMF", "IRA", "ISIS", "IOC", "IPO", "OSCE",
            "EV", "GOP", "EPA", "FAA", "USAID", "UAW", "AP", "AFP", "ABC", "CEOS", "IDF", "IRS", "NHS", "ECB", "OJ", "UFO",
            "TV", "DIY", "VIP", "HIV", "NBA", "NFL", "USD", "EUR",
        ],
        small: &[
            "mr", "mrs", "ms", "dr", "st", "vs", "km", "kg", "kph", "mph", "pct", "mln", "bn", "th", "nd", "rd", "hmm", "shh",
            "ltd", "sgt", "lt", "hrs",
        ],
        names: &[
            "africa", "america", "argentina", "asia", "australia", "austria", "baghdad", "beijing", "belarus", "belgium",
            "berlin", "boston", "brazil", "britain", "brussels", "bulgaria", "cairo", "california", "canada", "chicago",
            "chile", "china", "christmas", "crimea", "cuba", "cyprus", "damascus", "denmark", "dubai", "egypt", "england",
            "estonia", "ethiopia", "europe", "finland", "florida", "france", "gaza", "geneva", "georgia", "germany", "greece",
            "hague", "havana", "hungary", "india", "indonesia", "iran", "iraq", "ireland", "israel", "istanbul", "italy",
            "japan", "jerusalem", "kabul", "kazakhstan", "kiev", "korea", "kremlin", "kyiv", "latvia", "lebanon", "libya",
            "lithuania", "london", "madrid", "mexico", "minsk", "moldova", "moscow", "nigeria", "norway", "pakistan", "paris",
            "poland", "portugal", "prague", "romania", "rome", "russia", "scotland", "serbia", "seoul", "spain", "sweden",
            "switzerland", "syria", "taiwan", "tehran", "texas", "tokyo", "tunisia", "turkey", "ukraine", "vatican",
            "venezuela", "vienna", "vietnam", "wales", "warsaw", "washington", "yemen", "american", "arab", "british",
            "chinese", "dutch", "english", "european", "french", "german", "greek", "indian", "iranian", "iraqi", "irish",
            "israeli", "italian", "japanese", "jewish", "korean", "muslim", "palestinian", "polish", "russian", "spanish",
            "swedish", "swiss", "syrian", "turkish", "ukrainian", "obama", "putin", "trump", "biden", "macron", "merkel",
            "zelensky",
        ],
    },
    full_stops: FullStops {
        leaning: &[],
        units: &[],
        leaning_everywhere: &[
            "Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "Mt", "Ft", "vs", "Gen", "Sen", "Rep", "Gov", "Col",
            "Lt", "Sgt", "Capt", "Cmdr", "Adm", "Maj", "Rev", "Hon", "Pres", "Messrs", "Fr", "Supt", "Det", "Amb",
            "e.g", "i.e", "cf", "Cf", "viz", "approx", "al",
        ],
        spaced_leaning: &[],
        spaced_closing: &[],
        numbering: &[
            "No", "Nos", "no", "nos", "Nr", "N", "n", "p", "pp", "P", "art", "Art", "arts", "fig", "Fig", "figs",
            "vol", "Vol", "ch", "chap", "Ch", "sec", "Sec", "para", "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug",
            "Sep", "Sept", "Oct", "Nov", "Dec", "Tues", "Wed", "Thu", "Thur", "Thurs", "Fri", "Mon", "c", "ca",
            "ft", "lb", "lbs", "oz", "hr", "hrs", "min", "est", "ed", "eds", "ext", "tel",
        ],
        initial: &[
            "Inc", "Ltd", "Corp", "Co", "Cos", "Bros", "Jr", "Sr", "Ph.D", "M.D", "St", "Ave", "Blvd", "Rd", "Ste",
            "Esq", "Assn", "Dept", "Univ",
        ],
        suffixes: &["Inc", "Ltd", "Corp", "Jr", "Sr"],
        closing: &["etc"],
        clock: &["a.m", "p.m", "A.M", "P.M"],
        after_clock: &[
            "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February",
            "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
            "Eastern", "Pacific", "Central", "Mountain", "Moscow", "Paris", "London",
        ],
        year: &[],
        dating: &[],
    },
    page: Page {
        phrases: &[
            "read more", "read also", "see also", "more on this", "follow us", "share this", "sign up for",
            "file photo", "image caption", "image source", "all rights reserved", "click here", "share on", "sign up to",
            "sign up now", "subscribe to our", "subscribe now", "get our newsletter", "get the latest news", "download our app",
            "support our journalism", "listen to this article", "photo by", "photograph by", "picture by",
            "photo credit", "image credit", "continue reading", "read the full", "have your say", "join the conversation",
            "follow the latest", "this article was originally published", "this article first appeared", "more on this story",
            "most read", "copy link", "skip to content", "for more news",
        ],
        labels: &[
            "watch", "related", "photo", "photos", "video", "copyright", "updated", "published", "source", "credit",
            "by", "image", "images", "picture", "pictures", "photograph", "caption", "illustration", "text", "author",
            "newsletter", "listen", "reporting", "editing", "share", "tags", "topics",
        ],
        stamps: &["published", "updated", "last updated", "posted", "first published", "last modified"],
        stamp_words: &[
            "on", "at", "the", "and", "am", "pm", "gmt", "bst", "utc", "est", "edt", "cet", "cest", "et", "of", "hours", "hour",
            "minutes", "ago", "updated", "published", "modified", "last", "by", "a", "p", "m", "local", "time", "min", "read",
        ],
        bylines: &["by"],
    },
};
