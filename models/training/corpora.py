"""The texts that a run may read: what each is good for, and what its licence permits.

A table and nothing else, so that the card, the licence line of the catalogue and `prepare.py --terms` say the same.

`terms` is the strictest thing that the owners ask:

    open           anybody may use it, also commercially; some ask to be named or to share alike
    research       for research only (the WMT news sets), or not for commercial use
    unclear        public, but without a stated licence, or with parts whose owners have not said

A run for an adapter that anybody may use reads `open` alone.
"""

from dataclasses import dataclass

LANGUAGES = ("en", "fr", "ru")
PAIRS = (("en", "fr"), ("en", "ru"), ("fr", "ru"))


@dataclass(frozen=True)
class Corpus:
    """Aligned files `STEM.LANG` or `STEM.LANG-LANG.LANG`, or lines of one language."""

    name: str
    kind: str  # news, everyday or docs: what a batch draws by
    terms: str
    licence: str
    cap: int = 0  # the most pairs or lines that are kept; 0 is all


# The folder train/: few, clean, news above all. Lines of a news file follow each other as in their articles.
NEWS = [
    Corpus("news.en-fr", "news", "research", "WMT: research use"),
    # From line OPEN_FROM on it is NLLB-MD (health, chat), CC BY-SA 4.0.
    Corpus("news.en-ru", "news", "research", "WMT: research use; NLLB-MD: CC BY-SA 4.0"),
    Corpus("newstest2012.fr-ru", "news", "research", "WMT: research use"),
    Corpus("tatoeba.en-fr", "everyday", "open", "CC BY 2.0 FR"),
    Corpus("tatoeba.en-ru", "everyday", "open", "CC BY 2.0 FR"),
    Corpus("tatoeba.fr-ru", "everyday", "open", "CC BY 2.0 FR"),
]
OPEN_FROM = {"news.en-ru": 34_600}

# The folder parallel/: each in up to three pairs of languages.
PARALLEL = [
    Corpus("wmt22-24", "news", "research", "WMT: research use"),
    Corpus("newsdiscusstest2015", "news", "research", "WMT: research use"),
    Corpus("newsdiscussdev2015", "news", "research", "WMT: research use"),
    Corpus("newssyscomb2009", "news", "research", "WMT: research use"),
    Corpus("umbrella", "docs", "unclear", "mixed by source"),
    # Translations into other languages are what ND forbids, so whether it permits this is open.
    Corpus("gnu-www", "docs", "unclear", "CC BY-ND 4.0, GFDL", 12_000),
    Corpus("europarl-sample", "news", "open", "free to use, (c) European Parliament"),
    Corpus("tico19", "news", "open", "CC0-1.0"),
    Corpus("canada-digital-blog", "news", "open", "MIT"),
    Corpus("nextstrain-sitrep", "news", "open", "CC BY"),
    Corpus("sdg-un-goals", "news", "open", "MIT"),
    Corpus("xquad", "news", "open", "CC BY-SA 4.0"),
    Corpus("debian-news", "docs", "open", "Expat, GPL-2+", 9_000),
    Corpus("debian-site", "docs", "open", "Expat, GPL-2+", 9_000),
    Corpus("opendatahandbook", "docs", "open", "CC BY"),
    Corpus("opensource-guide", "docs", "open", "CC BY 4.0"),
    Corpus("mozilla-legal", "docs", "open", "CC BY-SA 3.0"),
    Corpus("tails", "docs", "open", "GPL-3+", 2_000),
    Corpus("privacyguides", "docs", "open", "CC BY-SA 4.0", 3_000),
    Corpus("dfak", "docs", "open", "CC BY-SA 4.0"),
    Corpus("debian-handbook", "docs", "open", "GPL-2+ or CC BY-SA 3.0", 2_500),
    Corpus("freeciv", "docs", "open", "GPL-2+", 3_000),
    Corpus("stellarium-skycultures", "docs", "open", "GPL-2+, CC BY-SA"),
    Corpus("kstars-handbook", "docs", "open", "GFDL, GPL-2+", 1_500),
    Corpus("wesnoth", "docs", "open", "GPL-2+", 6_000),
    Corpus("widelands", "docs", "open", "GPL-2+", 1_500),
    Corpus("0ad", "docs", "open", "GPL-2+", 1_500),
    Corpus("tatoeba-test", "everyday", "open", "CC BY 2.0 FR", 8_000),
]

# The folder mono/: lines of news that a machine writes a source for. FILE.LANG.txt.
MONO = [
    Corpus("golunov-meduza", "news", "open", "CC BY 4.0"),
    Corpus("telegram-wire-2024", "news", "open", "CC BY 4.0", 15_000),
    Corpus("factrueval2016", "news", "open", "MIT"),
    Corpus("lenta-crime", "news", "unclear", "Apache-2.0; the right in the text is unclear"),
    Corpus("rbc-lighttag", "news", "unclear", "Apache-2.0; the right in the text is unclear", 1_200),
    Corpus("nerel", "news", "unclear", "none stated"),
    Corpus("ugthesis-nokta_md", "news", "unclear", "none stated", 34_000),
    Corpus("ugthesis-gagauzinfo_md", "news", "unclear", "none stated", 9_000),
    Corpus("ugthesis-gagauznews_com", "news", "unclear", "none stated", 9_000),
    Corpus("giletsjaunes-FR", "news", "unclear", "none stated", 34_000),
    Corpus("giletsjaunes-BE", "news", "unclear", "none stated", 13_000),
    Corpus("giletsjaunes-CA-CH", "news", "unclear", "none stated", 12_000),
    Corpus("giletsjaunes-DZ", "news", "unclear", "none stated", 3_000),
    Corpus("masakhanews", "news", "unclear", "none stated"),
    Corpus("akinarticle-presse", "news", "unclear", "none stated", 12_000),
    Corpus("bbc2004", "news", "unclear", "(c) BBC, research use", 30_000),
]
