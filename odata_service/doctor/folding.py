"""The URLs that steps of a user become in Power Query, tried on one table (CLIENTS fold filters, columns, order).

What a service does not have it should refuse: a wrong answer with 200 is the worst, since nobody sees it.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from msgspec import Struct

from odata_service.doctor.chart import REFUSED, Chart
from odata_service.doctor.counts import Counting, check_count
from odata_service.doctor.findings import Said
from odata_service.doctor.model import Member
from odata_service.doctor.power_query import CLIENTS, OPEN
from odata_service.doctor.wire import Exchange

_LITERALS = {
    "Edm.String": "'x'",
    "Edm.Boolean": "true",
    "Edm.Date": "2024-01-01",
    "Edm.DateTimeOffset": "2024-01-01T00:00:00Z",
    "Edm.TimeOfDay": "09:00:00",
    "Edm.Guid": "00000000-0000-0000-0000-000000000000",
    **dict.fromkeys(("Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double"), "1"),
}
_COUNTING = Counting(
    CLIENTS,
    OPEN,
    "rows",
    "Table.RowCount reads all rows instead.",
    Said("/$count is no bare number.", "Table.RowCount fails.", "Answer a number as text/plain."),
)
_TERMS = 100


class Step(Struct, frozen=True):
    """What a user does, and the URL that it becomes; `needed` where the client cannot do without."""

    name: str
    query: str
    needed: bool = False


def check_folding(chart: Chart) -> None:
    """Tries every step on the first table that has rows."""
    name = next(iter(chart.readable_sets()), None)
    if name is None:
        return
    member = chart.model.sets[name]
    cuts = True
    for step in _steps(member, chart):
        exchange = chart.asked(CLIENTS, chart.url(f"{name}?{step.query}"), OPEN)
        if exchange is not None and not _is_cut(step, exchange, cuts, chart):
            cuts = False  # told once: no other step says more of $top
    check_count(name, _COUNTING, chart)
    _check_key(member, chart)


def _steps(member: Member, chart: Chart) -> Iterator[Step]:
    members = chart.model.members(member.type)
    primitive = {key: part for key, part in members.items() if part.type in _LITERALS}
    first = next(iter(members), "")
    yield Step("keep the first rows", "%24top=1", needed=True)
    yield Step("skip rows", "$skip=1&$top=1")
    yield Step("choose columns", f"$select={quote(first)}")
    yield Step("an option that the service does not know", "unknownoption=1&$top=1", needed=True)
    for part in _one_of_each(primitive):
        yield Step(f"filter by {part.type}", f"$filter={quote(f'{part.name} eq {_LITERALS[part.type]}')}&$top=1")
        yield Step("filter by null", f"$filter={quote(f'{part.name} ne null')}&$top=1")
    if primitive:
        part = next(iter(primitive.values()))
        yield Step("sort", f"$orderby={quote(f'{part.name} desc')}&$top=1")
        terms = " or ".join([f"{part.name} eq {_LITERALS[part.type]}"] * _TERMS)
        yield Step(f"filter by a list of {_TERMS} values", f"$filter={quote(terms)}&$top=1")
    text = next((part.name for part in primitive.values() if part.type == "Edm.String"), None)
    if text is not None:
        yield Step("filter by a part of a text", "$filter=" + quote(f"contains({text},'x')") + "&$top=1")
    navigation = next(iter(chart.model.navigations(member.type)), None)
    if navigation is not None:
        yield Step("expand a column", f"$select={quote(first)},{quote(navigation)}&$expand={quote(navigation)}&$top=1")


def _one_of_each(members: Mapping[str, Member]) -> list[Member]:
    """A property of each type."""
    return list({part.type: part for part in members.values()}.values())


def _is_cut(step: Step, exchange: Exchange, cuts: bool, chart: Chart) -> bool:
    """Judges the answer to a step; whether it has no more entities than `$top` says, as far as that is known."""
    if exchange.status == 200:
        document = chart.json_of(exchange, CLIENTS)
        found = document.get("value") if document is not None else None
        if cuts and "top=1" in step.query and isinstance(found, list) and len(found) > 1:
            why = "The user sees rows that he has not asked for, and nothing tells him."
            texts = Said(
                f"To {step.name}: $top=1 gave {len(found)} entities.", why, "Refuse what is not supported by 501."
            )
            chart.fails(CLIENTS, "WrongAnswer", texts, chart.at(exchange))
            return False
    elif step.needed or exchange.status not in REFUSED:
        texts = Said(f"To {step.name} is answered by {exchange.status}.", "The step ends with this error.")
        chart.fails(CLIENTS, "Folding", texts, chart.at(exchange))
    else:
        why = "The client does it by itself: all rows come over."
        texts = Said(
            f"To {step.name} is answered by {exchange.status}.",
            why,
            "Support the option, or annotate that it is not.",
        )
        chart.hinders(CLIENTS, "Folding", texts, chart.at(exchange))
    return True


def _check_key(member: Member, chart: Chart) -> None:
    """A record that the user navigates to, by the key of the first row."""
    row, keys = chart.rows[member.name][0], chart.model.key(member.type)
    if len(keys) != 1 or keys[0] not in row:
        return
    value = row[keys[0]]
    is_text = isinstance(value, str) and _is_text(member, keys[0], chart)
    literal = "'" + str(value).replace("'", "''") + "'" if is_text else str(value)
    exchange = chart.asked(CLIENTS, chart.url(f"{member.name}({quote(literal, safe='')})"), OPEN)
    if exchange is not None and exchange.status != 200:
        texts = Said(f"A record by its key is answered by {exchange.status}.", "A row cannot be opened.")
        chart.fails((*CLIENTS, "odata2ts", "OpenUI5"), "Key", texts, chart.at(exchange))


def _is_text(member: Member, key: str, chart: Chart) -> bool:
    part = chart.model.members(member.type).get(key)
    return part is not None and part.type == "Edm.String"
