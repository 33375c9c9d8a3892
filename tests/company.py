"""The company of tests/models/company with people in it."""

from odata_service.service import Service
from tests.asking import ask

STAFF: list[dict[str, object]] = [
    {"id": "ann", "name": "Ann", "born": "1990-05-01"},
    {"@odata.type": "#firm.Employee", "id": "bob", "name": "Bob", "salary": 5, "grade": "senior"},
    {"@odata.type": "#firm.Director", "id": "cy", "name": "Cy", "salary": 9, "bonus": 5.25},
    {"@odata.type": "#firm.Guest", "id": "di", "name": "Di"},
]


def fill(service: Service) -> None:
    """Four people of four types; the first has two notes, the second one, with a reply."""
    for person in STAFF:
        assert ask(service, "POST", "People", person).status == 201
    for target, number in (("People('ann')/notes", 1), ("People('ann')/notes", 2), ("People('bob')/notes", 1)):
        assert ask(service, "POST", target, {"number": number, "text": f"{target[8:11]} {number}"}).status == 201
    assert ask(service, "POST", "People('bob')/notes(1)/replies", {"number": 1, "text": "yes"}).status == 201
