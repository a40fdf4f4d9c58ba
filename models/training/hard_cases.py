"""Pairs made by rule, for what a news desk sends and the corpora hardly hold.

Amounts, dates and times; headlines in capitals; one-word inputs; list items; datelines; quotes
with a speaker; addresses that must be copied. Templates exist in all three languages, and
numbers and names are drawn at random, so that copying is the only way to get them right.
"""

import itertools
import random

from corpora import LANGUAGES

MONTHS = [
    ("January", "janvier", "января"), ("February", "février", "февраля"), ("March", "mars", "марта"),
    ("April", "avril", "апреля"), ("May", "mai", "мая"), ("June", "juin", "июня"),
    ("July", "juillet", "июля"), ("August", "août", "августа"),
    ("September", "septembre", "сентября"), ("October", "octobre", "октября"),
    ("November", "novembre", "ноября"), ("December", "décembre", "декабря"),
]
WEEKDAYS = [
    ("Monday", "lundi", "в понедельник"), ("Tuesday", "mardi", "во вторник"),
    ("Wednesday", "mercredi", "в среду"), ("Thursday", "jeudi", "в четверг"),
    ("Friday", "vendredi", "в пятницу"), ("Saturday", "samedi", "в субботу"),
    ("Sunday", "dimanche", "в воскресенье"),
]
CITIES = [
    ("London", "Londres", "Лондон"), ("Paris", "Paris", "Париж"), ("Moscow", "Moscou", "Москва"),
    ("Geneva", "Genève", "Женева"), ("Brussels", "Bruxelles", "Брюссель"),
    ("Beijing", "Pékin", "Пекин"), ("Cairo", "Le Caire", "Каир"), ("Vienna", "Vienne", "Вена"),
    ("Warsaw", "Varsovie", "Варшава"), ("Kyiv", "Kiev", "Киев"), ("Athens", "Athènes", "Афины"),
    ("New York", "New York", "Нью-Йорк"), ("Tehran", "Téhéran", "Тегеран"),
    ("Washington", "Washington", "Вашингтон"), ("Berlin", "Berlin", "Берлин"),
    ("Lisbon", "Lisbonne", "Лиссабон"), ("Tokyo", "Tokyo", "Токио"),
    ("Seoul", "Séoul", "Сеул"), ("Prague", "Prague", "Прага"), ("Madrid", "Madrid", "Мадрид"),
]
AGENCIES = ["Reuters", "AFP", "AP", "TASS", "DPA"]
NAMES = [
    ("Anna Müller", "Anna Müller", "Анна Мюллер"), ("John Harris", "John Harris", "Джон Харрис"),
    ("Pierre Lambert", "Pierre Lambert", "Пьер Ламбер"),
    ("Sergei Orlov", "Sergueï Orlov", "Сергей Орлов"), ("Maria Costa", "Maria Costa", "Мария Коста"),
    ("Linda Barnes", "Linda Barnes", "Линда Барнс"), ("Omar Hassan", "Omar Hassan", "Омар Хасан"),
    ("Elena Petrova", "Elena Petrova", "Елена Петрова"),
    ("Thomas Dubois", "Thomas Dubois", "Томас Дюбуа"), ("David Clark", "David Clark", "Дэвид Кларк"),
    ("Igor Volkov", "Igor Volkov", "Игорь Волков"), ("Julia Schmidt", "Julia Schmidt", "Юлия Шмидт"),
]
WORDS = """
economy|économie|экономика;government|gouvernement|правительство;election|élection|выборы
war|guerre|война;peace|paix|мир;budget|budget|бюджет;health|santé|здоровье;weather|météo|погода
sport|sport|спорт;culture|culture|культура;politics|politique|политика;world|monde|мир
business|affaires|бизнес;science|science|наука;education|éducation|образование;law|loi|закон
opinion|opinion|мнение;police|police|полиция;hospital|hôpital|больница;school|école|школа
president|président|президент;minister|ministre|министр;parliament|parlement|парламент
court|tribunal|суд;bank|banque|банк;company|entreprise|компания;market|marché|рынок
price|prix|цена;tax|impôt|налог;money|argent|деньги;work|travail|работа;strike|grève|забастовка
earthquake|séisme|землетрясение;flood|inondation|наводнение;fire|incendie|пожар;storm|tempête|буря
accident|accident|авария;attack|attaque|нападение;victim|victime|жертва;witness|témoin|свидетель
army|armée|армия;border|frontière|граница;refugee|réfugié|беженец;sanctions|sanctions|санкции
agreement|accord|соглашение;treaty|traité|договор;meeting|réunion|встреча;vote|vote|голосование
energy|énergie|энергия;oil|pétrole|нефть;gas|gaz|газ;water|eau|вода;climate|climat|климат
train|train|поезд;plane|avion|самолёт;ship|navire|корабль;road|route|дорога;city|ville|город
country|pays|страна;family|famille|семья;child|enfant|ребёнок;woman|femme|женщина;man|homme|мужчина
book|livre|книга;film|film|фильм;music|musique|музыка;theatre|théâtre|театр;museum|musée|музей
news|actualités|новости;analysis|analyse|анализ;interview|interview|интервью;video|vidéo|видео
today|aujourd'hui|сегодня;yesterday|hier|вчера;tomorrow|demain|завтра;yes|oui|да;no|non|нет
France|France|Франция;Russia|Russie|Россия;Germany|Allemagne|Германия;Ukraine|Ukraine|Украина
China|Chine|Китай;Japan|Japon|Япония;Italy|Italie|Италия;Spain|Espagne|Испания;Poland|Pologne|Польша
United States|États-Unis|США;United Kingdom|Royaume-Uni|Великобритания;Egypt|Égypte|Египет
European Union|Union européenne|Европейский союз;United Nations|Nations unies|ООН
""".replace("\n", ";")
WORDS = [tuple(row.split("|")) for row in WORDS.split(";") if row]

FURNITURE = [
    ("Read more: {u}", "Lire la suite : {u}", "Подробнее: {u}"),
    ("Follow us: {u}", "Suivez-nous : {u}", "Подписывайтесь на нас: {u}"),
    ("Source: {u}", "Source : {u}", "Источник: {u}"),
    ("Photo: {g}", "Photo : {g}", "Фото: {g}"),
    ("Image caption: {n}", "Légende : {n}", "Подпись к фото: {n}"),
    ("By {n}", "Par {n}", "Автор: {n}"),
    ("Contact: {m}", "Contact : {m}", "Контакты: {m}"),
    ("More details at {u}", "Plus d'informations sur {u}", "Дополнительная информация на сайте {u}"),
]


def russian_plural(n, one, few, many):
    if n % 10 == 1 and n % 100 != 11:
        return one
    if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14):
        return few
    return many


def is_woman(name):
    return name[2].split()[0][-1] in "ая"


def grouped(n, separator):
    return f"{n:,}".replace(",", separator)


SYLLABLES = ["news", "info", "mir", "le", "ra", "to", "bel", "ost", "vi", "press", "data", "net"]


def host(rng):
    name = "".join(rng.choices(SYLLABLES, k=rng.randint(2, 3)))
    return f"{name}.{rng.choice(['com', 'org', 'fr', 'ru', 'net'])}"


def url(rng):
    path = "/".join("-".join(rng.choices(SYLLABLES, k=2)) for _ in range(rng.randint(0, 2)))
    page = rng.choice(["", f"/{rng.randint(1000, 999999)}", ".html"]) if path else ""
    return f"{rng.choice(['https://', 'https://www.', 'www.'])}{host(rng)}/{path}{page}"


def amounts(rng):
    """A sentence about an amount, a date or a time, in the three languages."""
    day, year = rng.randint(1, 28), rng.randint(1950, 2029)
    month, weekday, name = rng.choice(MONTHS), rng.choice(WEEKDAYS), rng.choice(NAMES)
    count, big = rng.randint(11, 9999), rng.randint(10_000, 9_999_999)
    tenths = rng.randint(11, 999)
    whole, part = divmod(tenths, 10)
    hour, minute = rng.randint(13, 22), rng.choice([0, 10, 15, 30, 45])
    kind = rng.randrange(8)
    if kind == 0:
        people = russian_plural(count, "человек", "человека", "человек")
        verb = russian_plural(count, "погиб", "погибли", "погибли")
        return (f"At least {grouped(count, ',')} people were killed on {weekday[0]}.",
                f"Au moins {grouped(count, ' ')} personnes ont été tuées {weekday[1]}.",
                f"По меньшей мере {grouped(count, ' ')} {people} {verb} {weekday[2]}.")
    if kind == 1:
        return (f"Profits rose by {whole}.{part}% to ${grouped(big, ',')}.",
                f"Les bénéfices ont augmenté de {whole},{part} % pour atteindre {grouped(big, ' ')} dollars.",
                f"Прибыль выросла на {whole},{part} % и составила {grouped(big, ' ')} "
                + russian_plural(big, "доллар", "доллара", "долларов") + ".")
    if kind == 2:
        return (f"The meeting took place on {day} {month[0]} {year}.",
                f"La réunion a eu lieu le {'1er' if day == 1 else day} {month[1]} {year}.",
                f"Встреча состоялась {day} {month[2]} {year} года.")
    if kind == 3:
        return (f"The vote will begin at {hour - 12}:{minute:02} p.m. on {month[0]} {day}.",
                f"Le vote commencera à {hour}h{minute:02} le {'1er' if day == 1 else day} {month[1]}.",
                f"Голосование начнётся в {hour}:{minute:02} {day} {month[2]}.")
    if kind == 4:
        woman = is_woman(name)
        return (f"{name[0]} was born on {month[0]} {day}, {year}.",
                f"{name[1]} est né{'e' if woman else ''} le {'1er' if day == 1 else day} {month[1]} {year}.",
                f"{name[2]} {'родилась' if woman else 'родился'} {day} {month[2]} {year} года.")
    if kind == 5:
        return (f"The project will cost €{whole}.{part} billion.",
                f"Le projet coûtera {whole},{part} milliards d'euros.",
                f"Проект обойдётся в {whole},{part} млрд евро.")
    if kind == 6:
        low, high = sorted(rng.sample(range(1, 99), 2))
        return (f"Between {low}% and {high}% of voters, according to a poll of {grouped(count, ',')} people.",
                f"Entre {low} % et {high} % des électeurs, selon un sondage auprès de {grouped(count, ' ')} personnes.",
                f"От {low} % до {high} % избирателей, согласно опросу {grouped(count, ' ')} человек.")
    home, away = rng.randint(0, 6), rng.randint(0, 6)
    return (f"Final score: {home}-{away}", f"Score final : {home}-{away}", f"Итоговый счёт: {home}:{away}")


def furniture(rng):
    name = rng.choice(NAMES)
    address, agency = url(rng), rng.choice(AGENCIES)
    mail = f"{rng.choice(['info', 'press', 'contact', 'redaction'])}@{host(rng)}"
    row = rng.choice(FURNITURE)
    return tuple(t.format(u=address, g=agency, m=mail, n=name[i]) for i, t in enumerate(row))


def everywhere(row, kind):
    """A row in three languages as its three pairs."""
    for i, j in itertools.combinations(range(3), 2):
        yield dict(langs=[LANGUAGES[i], LANGUAGES[j]], text=[row[i], row[j]], kind=kind)


def reworked(pair, rng):
    """A corpus pair in another dress, the same on both sides. None where it would not fit."""
    a, b = pair["text"]
    la, lb = (LANGUAGES.index(lang) for lang in pair["langs"])
    how = rng.choice(["capitals", "capitals", "list", "dateline", "quote", "address", "address"])
    if how == "capitals" and len(a) < 90:
        return a.rstrip(".").upper(), b.rstrip(".").upper()
    if how == "list":
        mark = rng.choice(["- ", "* ", "• ", f"{rng.randint(1, 20)}. ", f"{rng.randint(1, 9)}) "])
        return mark + a, mark + b
    if how == "dateline":
        city, agency = rng.choice(CITIES), rng.choice(AGENCIES)
        return f"{city[la].upper()} ({agency}) - {a}", f"{city[lb].upper()} ({agency}) - {b}"
    if how == "quote" and '"' not in a + b and len(a) < 160 and a[-1] == "." == b[-1]:
        name = rng.choice(NAMES)
        said = (f'"{{}}," said {name[0]}.', f'"{{}}", a déclaré {name[1]}.',
                f'"{{}}", - {"сказала" if is_woman(name) else "сказал"} {name[2]}.')
        return said[la].format(a[:-1]), said[lb].format(b[:-1])
    if how == "address" and len(a) < 200:
        address = url(rng)
        shape = rng.choice(["{} ({u})", "{} {u}", "{u} - {}", "{} [{n}]"])
        note = rng.randint(1, 99)
        return shape.format(a, u=address, n=note), shape.format(b, u=address, n=note)
    return None


# What web pages put before a line.
LABELS = [
    ("READ MORE", "LIRE AUSSI", "ЧИТАЙТЕ ТАКЖЕ"), ("Read more", "Lire aussi", "Читайте также"),
    ("WATCH", "VIDÉO", "ВИДЕО"), ("BREAKING", "ALERTE", "СРОЧНО"), ("OPINION", "OPINION", "МНЕНИЕ"),
    ("ANALYSIS", "ANALYSE", "АНАЛИЗ"), ("LIVE", "EN DIRECT", "ОНЛАЙН"),
    ("File photo", "Photo d'archives", "Архивное фото"), ("Related", "Sur le même sujet", "По теме"),
]
SMALL = set("a an and as at but by for from in into of on or the to with".split())


def headline(source, target, languages, rng):
    """Now and then a short sentence as a headline, in title case where it is English, or behind a label."""
    if "en" in languages[:1] and len(source) < 120 and rng.random() < 0.07:
        words = source.removesuffix(".").split()
        source = " ".join(w if w in SMALL and i else w[:1].upper() + w[1:] for i, w in enumerate(words))
        target = target.removesuffix(".")
    if len(source) < 120 and rng.random() < 0.02:
        label = rng.choice(LABELS)
        source, target = (
            f"{label[LANGUAGES.index(lang)]}{' :' if lang == 'fr' else ':'} {text}"
            for lang, text in zip(languages, (source, target))
        )
    return source, target


def make(pairs, rng, share=0.04):
    """Rule-made pairs, about `share` of the corpus, half of them from templates alone."""
    wanted = int(len(pairs) * share)
    made = []
    for row in WORDS:
        # as a heading, as a word and as a shout
        for dress in (lambda w: w[:1].upper() + w[1:], str, str.upper):
            made += everywhere([dress(w) for w in row], "rule")
    for _ in range(wanted // 10):
        made += everywhere(amounts(rng), "rule")
        if rng.random() < 0.5:
            made += everywhere(furniture(rng), "rule")
    corpus = [p for p in pairs if p["kind"] == "news"]
    while len(made) < wanted:
        pair = rng.choice(corpus)
        texts = reworked(pair, rng)
        if texts:
            made.append(dict(langs=pair["langs"], text=list(texts), kind="rule"))
    return made


if __name__ == "__main__":
    # a look at what is made
    seeded = random.Random(1)
    for _ in range(12):
        print(*amounts(seeded), *furniture(seeded), sep="\n", end="\n\n")
