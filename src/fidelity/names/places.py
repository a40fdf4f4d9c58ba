"""Writes places.tsv: countries, capitals and large cities in the three languages.

The names come from Unicode CLDR as the package Babel carries it: territories, and the exemplar cities of time zones. CLDR is under
the Unicode licence, which stands in LICENSE.unicode beside this file.

    pip install babel==2.19.0
    python places.py > places.tsv
"""

import re

import babel
from babel import Locale

LOCALES = [Locale(code) for code in ("en", "fr", "ru")]


def city(locale, zone):
    """The name of a zone's city; a locale without one uses the end of the zone's identifier."""
    name = locale.time_zones.get(zone, {}).get("city")
    return name or zone.rsplit("/", 1)[-1].replace("_", " ")


def rows():
    codes = [code for code in LOCALES[0].territories if re.fullmatch("[A-Z]{2}", code) and code not in ("EU", "EZ", "UN", "ZZ", "XA", "XB")]
    yield from (tuple(locale.territories[code] for locale in LOCALES) for code in sorted(codes))
    zones = {zone for locale in LOCALES for zone in locale.time_zones}
    for zone in sorted(zones):
        if zone.split("/")[0] in ("Etc", "Antarctica") or zone.count("/") > 2:
            continue
        names = tuple(city(locale, zone) for locale in LOCALES)
        # A name without Cyrillic letters was never translated.
        if re.search("[а-я]", names[2]):
            yield names


def main():
    print(f"# Written by places.py from Unicode CLDR (Babel {babel.__version__}), under LICENSE.unicode. English, French, Russian.")
    seen = set()
    for names in rows():
        # What stands in brackets tells two names apart; it is no part of the name.
        names = tuple(re.sub(r" *\([^)]*\)", "", name).replace("\u2019", "'").replace("\xa0", " ") for name in names)
        if names not in seen:
            seen.add(names)
            print("\t".join(names))


main()
