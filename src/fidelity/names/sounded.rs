//! Writes an English or French name in Cyrillic letters by its sound, as the rules of practical transcription do.
//!
//! An English name does not always sound as it is written, so this is only good enough to replace a spelling that is surely wrong.

use crate::{fidelity::capitalised, lang::Language};

/// Letters with what stands for them; of several that fit, the longest one counts. `^` begins a word, `$` ends it.
#[rustfmt::skip]
const FRENCH: &[(&str, &str)] = &[
    ("a", "а"), ("â", "а"), ("à", "а"), ("b", "б"), ("c", "к"), ("ce", "се"), ("ci", "си"), ("cy", "си"), ("cé", "се"), ("ch", "ш"),
    ("ç", "с"), ("d", "д"), ("e", "е"), ("é", "е"), ("è", "е"), ("ê", "е"), ("^e", "э"), ("^é", "э"), ("f", "ф"), ("g", "г"),
    ("ge", "же"), ("gi", "жи"), ("gé", "же"), ("gea", "жа"), ("geo", "жо"), ("gn", "нь"), ("gne$", "нь"), ("gu", "г"), ("h", ""),
    ("i", "и"), ("ï", "и"), ("î", "и"), ("j", "ж"), ("k", "к"), ("l", "л"), ("le$", "ль"), ("lle$", "ль"), ("l$", "ль"), ("ll", "лл"),
    ("m", "м"), ("n", "н"), ("o", "о"), ("ô", "о"), ("p", "п"), ("ph", "ф"), ("q", "к"), ("qu", "к"), ("r", "р"), ("s", "с"),
    ("ss", "сс"), ("t", "т"), ("th", "т"), ("u", "ю"), ("û", "ю"), ("ü", "ю"), ("v", "в"), ("w", "в"), ("x", "кс"), ("y", "и"), ("z", "з"),
    ("ai", "е"), ("aî", "е"), ("ei", "е"), ("au", "о"), ("eau", "о"), ("eaux$", "о"), ("aux$", "о"), ("eu", "ё"), ("œu", "ё"), ("oi", "уа"),
    ("ou", "у"), ("oux$", "у"), ("oû", "у"), ("ui", "юи"), ("ain", "ен"), ("ein", "ен"), ("aine$", "ен"), ("in", "ин"), ("in$", "ен"), ("un$", "ен"),
    ("en", "ан"), ("em", "ам"), ("ienne$", "ьенн"), ("ien", "ьен"), ("ier$", "ье"), ("iers$", "ье"), ("ière$", "ьер"), ("er$", "е"), ("ez$", "е"),
    ("et$", "е"), ("ette$", "етт"), ("el$", "ель"), ("elle$", "ель"), ("euil$", "ёй"), ("ail$", "ай"), ("aille$", "ай"), ("eille$", "ей"), ("ille$", "ий"),
    ("es$", ""), ("e$", ""), ("s$", ""), ("t$", ""), ("d$", ""), ("x$", ""), ("p$", ""), ("nts$", "н"), ("rd$", "р"), ("rt$", "р"), ("ault$", "о"), ("aud$", "о"),
    ("aut$", "о"), ("ot$", "о"), ("oz$", "о"),
];
#[rustfmt::skip]
const ENGLISH: &[(&str, &str)] = &[
    ("a", "а"), ("b", "б"), ("c", "к"), ("ce", "се"), ("ce$", "с"), ("ci", "си"), ("cy", "си"), ("ch", "ч"), ("ck", "к"), ("d", "д"),
    ("e", "е"), ("^e", "э"), ("f", "ф"), ("g", "г"), ("h", "х"), ("i", "и"), ("j", "дж"), ("k", "к"), ("^kn", "н"), ("l", "л"),
    ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("ph", "ф"), ("qu", "кв"), ("q", "к"), ("r", "р"), ("s", "с"), ("sh", "ш"),
    ("t", "т"), ("tch", "тч"), ("th", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("^w", "у"), ("^wh", "у"), ("^wr", "р"), ("x", "кс"), ("y", "и"),
    ("^y", "й"), ("z", "з"), ("ai", "эй"), ("ay", "эй"), ("au", "о"), ("aw", "о"), ("ea", "и"), ("ee", "и"), ("ei", "ей"), ("ey", "ей"), ("ey$", "и"),
    ("ew", "ью"), ("ie", "и"), ("oo", "у"), ("oa", "оу"), ("ou", "оу"), ("ow", "оу"), ("own", "аун"), ("ough", "о"), ("igh", "ай"), ("oy", "ой"),
    ("oi", "ой"), ("e$", ""), ("le$", "л"), ("gh$", ""), ("ll$", "лл"), ("mb$", "м"), ("dge", "дж"), ("ia", "иа"), ("ya", "я"),
];

/// A name in small letters by its sound, capitalised; `None` if it has a letter that the language does not write, or if it is Russian.
pub fn sounded(language: Language, small: &str) -> Option<String> {
    let table = match language {
        Language::French => FRENCH,
        Language::English => ENGLISH,
        Language::Russian => return None,
    };
    let marked = format!("^{small}$");
    let (mut at, mut text) = (1, String::new());
    while at + 1 < marked.len() {
        let fits = |letters: &str| match letters.strip_prefix('^') {
            Some(letters) => at == 1 && marked[at..].starts_with(letters),
            None => marked[at..].starts_with(letters),
        };
        let found = table.iter().filter(|(letters, _)| fits(letters));
        let (letters, with) = found.max_by_key(|(letters, _)| letters.chars().count())?;
        text.push_str(with);
        at += letters.trim_start_matches('^').len();
    }
    (!text.is_empty()).then(|| capitalised(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_by_their_sound() {
        for (latin, russian) in [
            ("lachaume", "Лашом"),
            ("guérin", "Герен"),
            ("lamoureux", "Ламурё"),
            ("fontanel", "Фонтанель"),
            ("charpentier", "Шарпантье"),
            ("traoré", "Траоре"),
            ("thibault", "Тибо"),
            ("diallo", "Диалло"),
            ("moreau", "Моро"),
        ] {
            assert_eq!(sounded(Language::French, latin).as_deref(), Some(russian), "{latin}");
        }
        for (latin, russian) in [
            ("whitlock", "Уитлок"),
            ("ashdown", "Ашдаун"),
            ("brennan", "Бреннан"),
            ("okafor", "Окафор"),
            ("birch", "Бирч"),
        ] {
            assert_eq!(sounded(Language::English, latin).as_deref(), Some(russian), "{latin}");
        }
        assert_eq!(sounded(Language::English, "straße"), None);
    }
}
