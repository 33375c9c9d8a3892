"""Countries and regions, and visitors whose addresses lead to them: navigation properties of complex values."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from odata_service import load_schema
from odata_service.service import Service
from tests.asking import ask, service_of

MODEL = Path(__file__).parent / "models" / "visitors.xml"

ANN = {
    "id": "ann",
    "address": {
        "city": "Bonn",
        "country@odata.bind": "Countries('DE')",
        "regions@odata.bind": ["Regions(1)", "Regions(2)"],
        "remarks": [{"number": 1, "text": "left"}],
    },
}
BOB = {
    "id": "bob",
    "address": {
        "@odata.type": "#geo.ForeignAddress",
        "city": "Paris",
        "country@odata.bind": "Countries('FR')",
        "visa@odata.bind": "Regions(3)",
        "spot": {"floor": 2, "region@odata.bind": "Regions(2)"},
    },
}
GUY = {"@odata.type": "#geo.Guide", "id": "guy", "office": {"city": "Lyon", "country@odata.bind": "Countries('FR')"}}
NIL = {"id": "nil"}


@contextmanager
def places(url: str = "sqlite://") -> Iterator[Service]:
    """Two countries, three regions and four visitors in a database."""
    with service_of(load_schema(MODEL), url=url) as service:
        for code, name in (("DE", "Germany"), ("FR", "France")):
            made(service, "Countries", {"code": code, "name": name})
        for number in (1, 2, 3):
            made(service, "Regions", {"id": number, "title": f"region {number}"})
        for visitor in (ANN, BOB, GUY, NIL):
            made(service, "Visitors", visitor)
        yield service


def made(service: Service, target: str, body: object) -> None:
    """Creates an entity."""
    answer = ask(service, "POST", target, body)
    assert answer.status == 201, answer.body


def bare(value: object) -> object:
    """A payload without its context, and without what tells of its entities which ones they are; references stay."""
    if isinstance(value, dict):
        shown = {name: bare(inner) for name, inner in value.items() if name not in ("@odata.etag", "@odata.context")}
        return shown if shown.keys() == {"@odata.id"} else {name: shown[name] for name in shown if name != "@odata.id"}
    return [bare(item) for item in value] if isinstance(value, list) else value
