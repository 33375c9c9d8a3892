"""pyslet, which reads and writes Atom: what it saw of two services of V2, as one JSON object."""

# mypy: ignore-errors
# Types of the client are known where it is installed alone.

import io
import sys
from decimal import Decimal
from uuid import UUID

from features import feature, report
from pyslet.http.params import MediaType
from pyslet.iso8601 import TimePoint
from pyslet.odata2.client import Client
from pyslet.odata2.core import CommonExpression, StreamInfo

root, library_root = (f"{url}v2/" for url in sys.argv[1:])
client, library = Client(root), Client(library_root)
BOOK = UUID("0f0f0f0f-0000-4000-8000-000000000001")


def expression(text: str) -> CommonExpression:
    return CommonExpression.from_str(text)


def ids(condition: str) -> list[str]:
    with client.feeds["Customers"].open() as customers:
        customers.set_filter(expression(condition))
        return [customer["id"].value for customer in customers.itervalues()]


def page(order: str, top: int, skip: int = 0) -> list[str]:
    with client.feeds["Customers"].open() as customers:
        customers.set_orderby(CommonExpression.orderby_from_str(order))
        customers.set_page(top, skip)
        return [customer["id"].value for customer in customers.iterpage()]


def read() -> list[object]:
    with client.feeds["Customers"].open() as customers:
        customer = customers["c01"]
        created = customer["cosmosCreatedDateTimeUTC"].value
        return [customer["displayName"].value, customer["contractType"].value, str(created), "none" in customers]


def select() -> list[str]:
    """The key is chosen by the client itself."""
    with client.feeds["Customers"].open() as customers:
        customers.set_expand(None, {"displayName": None})
        return sorted(name for name, part in customers["c01"].data_items() if part)


def filtered() -> list[list[str]]:
    return [
        ids("countryLetterCode eq 'FR' and (substringof('1',displayName) or contractType eq 0)"),
        ids("startswith(displayName,'Name 1') and not endswith(displayName,'2')"),
        ids("length(displayName) eq 7 and day(cosmosCreatedDateTimeUTC) eq 11"),
    ]


def pages() -> list[object]:
    """Pages of the client's own size, until one is empty."""
    with client.feeds["Customers"].open() as customers:
        customers.set_page(5)
        sizes = [len(list(customers.iterpage(True))) for _ in range(4)]
    return [page("id asc", 3, 5), sizes]


def count() -> int:
    with client.feeds["Customers"].open() as customers:
        customers.set_filter(expression("contractType eq 1"))
        return len(customers)


def create() -> list[object]:
    with client.feeds["Customers"].open() as customers:
        made = customers.new_entity()
        for name, value in {"id": "p-1", "displayName": "Made & <more>", "contractType": 7}.items():
            made[name].set_from_value(value)
        made["cosmosCreatedDateTimeUTC"].set_from_value(TimePoint.from_str("2024-05-06T07:08:09Z"))
        customers.insert_entity(made)
        found = customers["p-1"]
        return [made.exists, found["displayName"].value, str(found["cosmosCreatedDateTimeUTC"].value)]


def update() -> list[object]:
    """What has changed alone, and then the whole entity in place of the one before."""
    with client.feeds["Customers"].open() as customers:
        changed = customers["p-1"]
        changed["displayName"].set_from_value("Changed")
        customers.update_entity(changed)
        replaced = customers["p-1"]
        replaced["contractType"].set_from_value(8)
        customers.update_entity(replaced, merge=False)
        found = customers["p-1"]
        return [found["displayName"].value, found["contractType"].value]


def delete() -> bool:
    with client.feeds["Customers"].open() as customers:
        del customers["p-1"]
        return "p-1" in customers


def error() -> list[str]:
    with client.feeds["Customers"].open() as customers:
        try:
            customers["none"]
        except KeyError as missing:
            return [str(missing)]
    return ["nothing was refused"]


def along() -> list[object]:
    """A shelf with a complex value, the books that are put on it, and what is expanded."""
    with library.feeds["Shelves"].open() as shelves:
        for number, city in ((1, "Bern"), (2, "Oslo")):
            shelf = shelves.new_entity()
            shelf["Number"].set_from_value(number)
            shelf["Place"]["City"].set_from_value(city)
            shelves.insert_entity(shelf)
        with shelf["Books"].open() as books:
            book = books.new_entity()
            book["Code"].set_from_value(BOOK)
            book["Title"].set_from_value("Bread")
            book["Price"].set_from_value(Decimal("12.50"))
            book["Bought"].set_from_value(TimePoint.from_str("2024-05-06T00:00:00"))
            books.insert_entity(book)
            titles = [found["Title"].value for found in books.itervalues()]
        shelves.set_expand({"Books": None})
        expanded = shelves[2]["Books"]
        with expanded.open() as books:
            return [shelves[2]["Place"]["City"].value, titles, expanded.isExpanded, str(books[BOOK]["Price"].value)]


def references() -> list[object]:
    """A book is moved to another shelf, and taken off it."""
    with library.feeds["Books"].open() as books, library.feeds["Shelves"].open() as shelves:
        with books[BOOK]["Shelf"].open() as link:
            link.replace(shelves[1])
            moved = [shelf.key() for shelf in link.itervalues()]
        with shelves[1]["Books"].open() as there:
            del there[BOOK]
            return [moved, len(there), len(books)]


def streams() -> list[object]:
    with library.feeds["Scans"].open() as scans:
        made = scans.new_stream(io.BytesIO(b"first"), StreamInfo(type=MediaType("text", "plain")))
        scans.update_stream(io.BytesIO(b"second"), made.key(), StreamInfo(type=MediaType("text", "markdown")))
        content = io.BytesIO()
        told = scans.read_stream(made.key(), content)
        return [made.key(), content.getvalue().decode(), str(told.type)]


feature("v2-metadata", lambda: [sorted(client.feeds), sorted(library.feeds)])
feature("v2-read", read)
feature("v2-select", select)
feature("v2-filter", filtered)
feature("v2-dates", lambda: ids("cosmosCreatedDateTimeUTC gt datetimeoffset'2024-01-10T10:00:00Z'"))
feature("v2-sort", lambda: page("displayName desc", 3))
feature("v2-page", pages)
feature("v2-count", count)
feature("v2-create", create)
feature("v2-update", update)
feature("v2-delete", delete)
feature("v2-along", along)
feature("v2-references", references)
feature("v2-streams", streams)
feature("v2-error", error)
report()
