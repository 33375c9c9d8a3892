"""Writes `metadata/data/Customers.csv`: 200 invented customers, the same on every run.

`python -m benchmarks.sample_rows` from the project's root.
"""

import csv
import io
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

TARGET = Path("metadata/data/Customers.csv")
ROWS = 200
SEED = 20240229
HEADER = (
    "azureTenantId",
    "contractId",
    "contractType",
    "cosmosCreatedDateTimeUTC",
    "cosmosLastModifiedDateTimeUTC",
    "countryLetterCode",
    "delegatedPrivilegeStatus",
    "deletedDateTime",
    "displayName",
    "domain",
    "id",
    "isDeleted",
    "isOnBoardedToMTM",
    "lastDAPRefreshDateTimeUtc",
    "onboardingStatus",
    "partnerId",
)

# Country, first words with their Latin form, second words.
COUNTRIES = (
    ("DE", (("Müller", "mueller"), ("Grünwald", "gruenwald"), ("Weiß", "weiss")), ("Fabrik", "Bäckerei", "Handel")),
    ("FR", (("Élan", "elan"), ("Forêt", "foret"), ("L'Étoile", "letoile")), ("Atelier", "Librairie", "Café")),
    ("ES", (("Peñasco", "penasco"), ("Corazón", "corazon"), ("Mañana", "manana")), ("Taller", "Óptica", "Bodega")),
    ("PL", (("Źródło", "zrodlo"), ("Łąka", "laka"), ("Świt", "swit")), ("Piekarnia", "Księgarnia", "Warsztat")),
    ("CZ", (("Říčka", "ricka"), ("Dub", "dub"), ("Žába", "zaba")), ("Dílna", "Čajovna", "Mlýn")),
    ("GR", (("Θάλασσα", "thalassa"), ("Ελιά", "elia"), ("Ήλιος", "ilios")), ("Εργαστήρι", "Ναυτικά", "Καφέ")),
    ("JP", (("さくら", "sakura"), ("青空", "aozora"), ("富士見", "fujimi")), ("工房", "書店", "食品")),
    ("CN", (("春风", "chunfeng"), ("明月", "mingyue"), ("青山", "qingshan")), ("书店", "茶馆", "工坊")),
    ("EG", (("النيل", "nile"), ("الواحة", "waha"), ("القمر", "qamar")), ("للتجارة", "للكتب", "للأغذية")),
    ("BR", (("São João", "saojoao"), ("Açaí", "acai"), ("Ipê", "ipe")), ("Padaria", "Oficina", "Livraria")),
    ("GB", (("O'Hara", "ohara"), ("Willow", "willow"), ("Three Rivers", "threerivers")), ("Books", "Bakery", "Tools")),
    ("US", (("Blue Mesa", "bluemesa"), ("Cedar", "cedar"), ("Sunny 🌻", "sunny")), ("Works", "Foods", "Supply")),
)


def write_rows(count: int = ROWS, seed: int = SEED) -> str:
    """The CSV text of `count` customers; the same for the same seed."""
    source = random.Random(seed)
    partners = [_guid(source) for _ in range(15)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_row(number, source, partners) for number in range(count))
    return text.getvalue()


def _row(number: int, source: random.Random, partners: list[str]) -> list[str]:
    country, first_words, second_words = COUNTRIES[number % len(COUNTRIES)]
    name, latin = source.choice(first_words)
    created = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=source.randrange(4 * 365 * 86_400_000))
    modified = created + timedelta(milliseconds=source.randrange(300 * 86_400_000))
    is_deleted = number % 5 == 4
    values = {
        "azureTenantId": _guid(source),
        "contractId": _sometimes(source, _guid(source)),
        "contractType": _sometimes(source, str(source.randint(1, 4))),
        "cosmosCreatedDateTimeUTC": _instant(created),
        "cosmosLastModifiedDateTimeUTC": _instant(modified),
        "countryLetterCode": country,
        "delegatedPrivilegeStatus": _sometimes(source, str(source.randint(0, 3))),
        "deletedDateTime": _instant(modified) if is_deleted else "",
        "displayName": f"{name} {source.choice(second_words)}",
        "domain": _sometimes(source, f"{latin}-{number + 1}.example"),
        "id": _guid(source),
        "isDeleted": _boolean(is_deleted),
        "isOnBoardedToMTM": _sometimes(source, _boolean(source.random() < 0.6)),
        "lastDAPRefreshDateTimeUtc": _sometimes(source, _instant(modified - timedelta(hours=source.randint(1, 48)))),
        "onboardingStatus": str(source.randint(0, 5)),
        "partnerId": source.choice(partners),
    }
    return [values[name] for name in HEADER]


def _guid(source: random.Random) -> str:
    return str(UUID(int=source.getrandbits(128), version=4))


def _sometimes(source: random.Random, value: str) -> str:
    """The value, or in one row of eight nothing, which is null."""
    return "" if source.random() < 0.125 else value


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def main() -> None:
    """Writes the file."""
    TARGET.write_text(write_rows(), encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
