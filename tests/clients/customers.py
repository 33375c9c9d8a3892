"""A dozen customers whom all clients meet."""

import json
from pathlib import Path

COUNTRIES = ("DE", "FR", "NL")


def write_customers(directory: Path) -> None:
    """Writes the file that the server loads: c01 to c12, their types from 0 to 3, of three countries in turn."""
    rows = [
        {
            "id": f"c{number:02}",
            "displayName": f"Name {number}",
            "contractType": number % 4,
            "countryLetterCode": COUNTRIES[number % 3],
            "isDeleted": False,
            "cosmosCreatedDateTimeUTC": f"2024-01-{number:02}T10:00:00Z",
        }
        for number in range(1, 13)
    ]
    (directory / "Customers.json").write_text(json.dumps(rows), "utf-8")
