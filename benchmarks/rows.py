"""The rows that everything is measured with: 1,000 partners, 100,000 customers, always the same."""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

PARTNERS = 1_000
CUSTOMERS = 100_000
COLUMNS = (
    "id",
    "partnerId",
    "tenant",
    "contract",
    "name",
    "domain",
    "kind",
    "country",
    "deleted",
    "isManaged",
    "stage",
    "rights",
    "refreshed",
    "created",
    "changed",
    "isDeleted",
)
_COUNTRIES = ("AT", "BR", "CH", "DE", "ES", "FR", "GB", "IT", "JP", "NL", "SE", "US")
_WORDS = (
    "Alder",
    "Birke",
    "Cèdre",
    "Douglas",
    "Eiche",
    "Fagus",
    "Ginkgo",
    "Hêtre",
    "Ilex",
    "Juniper",
    "Kiefer",
    "Łąka",
)


def partners() -> Iterator[tuple[str, str, str]]:
    """Id, name, country."""
    random = Random(1)
    for number in range(PARTNERS):
        yield partner_id(number), f"{random.choice(_WORDS)} Partners {number}", random.choice(_COUNTRIES)


def partner_id(number: int) -> str:
    """The key of a partner."""
    return f"partner-{number:04}"


def customers() -> Iterator[tuple[str | None, ...]]:
    """The rows in the order of `COLUMNS`, as texts; one value in twenty is null where it may be."""
    random = Random(2)
    for number in range(CUSTOMERS):
        deleted = random.random() < 0.2
        yield (
            str(UUID(int=random.getrandbits(128), version=4)),
            partner_id(random.randrange(PARTNERS)),
            str(UUID(int=random.getrandbits(128), version=4)),
            None if random.random() < 0.05 else f"contract-{number}",
            f"{random.choice(_WORDS)} {random.choice(_WORDS)} {number}",
            f"c{number}.example",
            str(random.randint(1, 4)),
            None if random.random() < 0.05 else random.choice(_COUNTRIES),
            _instant(random) if deleted else None,
            random.choice(("true", "false")),
            str(random.randint(0, 9)),
            None if random.random() < 0.05 else str(random.randint(0, 3)),
            None if random.random() < 0.05 else _instant(random),
            _instant(random),
            _instant(random),
            "true" if deleted else "false",
        )


def write_csv(directory: Path) -> None:
    """Both entity sets as CSV files named after them."""
    with (directory / "partners.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "name", "country"))
        writer.writerows(partners())
    with (directory / "customers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(customers())


def _instant(random: Random) -> str:
    day = f"{random.randint(2018, 2025)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    time = f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}"
    return f"{day}T{time}.{random.randint(1, 999):03}Z"
