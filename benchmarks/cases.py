"""What is measured: the requests of each case, the SQL that is its floor, and the target."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote
from uuid import uuid4

from benchmarks.rows import COLUMNS, PARTNERS, partner_id

Target = tuple[str, str, str | None]

_ALL = ", ".join(f'"{name}"' for name in (*COLUMNS, "odata-version"))
_OF_T = ", ".join(f't."{name}"' for name in (*COLUMNS, "odata-version"))


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table. `floor` is SQL with parameters, run by the driver alone; `rows` an answer's entities.

    `in_process`: also measured through `Service.handle`, without HTTP.
    """

    name: str
    requests: Callable[[list[str], Random], list[Target]]
    floor: tuple[str, Callable[[list[str], Random], tuple[object, ...]]] | None = None
    rows: int = 1
    target: str = ""
    in_process: bool = True
    once: bool = field(default=False)


def _get(*targets: str) -> list[Target]:
    return [("GET", quote(target, safe="/?&=$'(),"), None) for target in targets]


def _by_key(ids: list[str], random: Random) -> list[Target]:
    return _get(*(f"/customers('{key}')" for key in random.sample(ids, 2_000)))


def _new(random: Random) -> str:
    return (
        f'{{"id":"{uuid4()}","partnerId":"{partner_id(random.randrange(PARTNERS))}","name":"New","kind":2,'
        '"created":"2024-05-06T07:08:09.123Z","isDeleted":false}'
    )


def _searched(ids: str) -> str:
    """The rows that an index of texts finds, by the driver alone; `{index}` is its name."""
    found = (
        'SELECT r.id FROM "{index}" AS f JOIN "{index}-rows" AS r ON r."odata-row" = f.rowid WHERE f."{index}" MATCH ?'
    )
    return f"SELECT {ids} FROM customers WHERE id IN ({found}) ORDER BY id LIMIT 100"


SEARCHES = (
    Case(
        "search, indexed",
        lambda _, random: _get(*(f"/customers?$search=partner-{random.randrange(PARTNERS):04}" for _ in range(200))),
        (
            _searched(_ALL),
            lambda _, random: (_parts(partner_id(random.randrange(PARTNERS))),),
        ),
        rows=100,
    ),
    Case(
        "search for nothing",
        lambda _, random: _get(*(f"/customers?$search=zq{random.randrange(1_000)}" for _ in range(200))),
        (_searched(_ALL), lambda _, random: (_parts(f"zq{random.randrange(1_000)}"),)),
        rows=0,
    ),
    Case(
        "contains, indexed",
        lambda _, __: _get(*(f"/customers?$filter=contains(name,'{part}')&$top=100" for part in range(700, 999))),
        (_searched(_ALL), lambda _, random: (_parts(str(random.randrange(700, 999))),)),
        rows=100,
    ),
    Case(
        "create, indexed",
        lambda _, random: [("POST", "/customers", _new(random)) for _ in range(3_000)],
        in_process=False,
        once=True,
    ),
)
"""What is measured where --search-index has been given."""


def _parts(text: str) -> str:
    """What the index is asked for a text."""
    return " AND ".join(f'"{text[place : place + 3]}"' for place in range(len(text) - 2))


CASES = (
    Case(
        "one by key",
        _by_key,
        (f"SELECT {_ALL} FROM customers WHERE id = ? ORDER BY id LIMIT 2", lambda ids, random: (random.choice(ids),)),
        target="4,000/s",
    ),
    Case(
        "$top=100",
        lambda _, __: _get("/customers?$top=100"),
        (f"SELECT {_ALL} FROM customers ORDER BY id LIMIT ?", lambda _, __: (100,)),
        rows=100,
        target="1,500/s",
    ),
    Case(
        "$top=1000",
        lambda _, __: _get("/customers?$top=1000"),
        (f"SELECT {_ALL} FROM customers ORDER BY id LIMIT ?", lambda _, __: (1_000,)),
        rows=1_000,
        target="38 % / 55 %",
    ),
    Case(
        "filter + top 100",
        lambda _, random: _get(
            *(
                f"/customers?$filter=kind eq {kind} and isDeleted eq false and country eq '{country}'&$top=100"
                for kind in (1, 2, 3, 4)
                for country in ("DE", "FR", "US")
            )
        ),
        (
            f"SELECT {_ALL} FROM customers WHERE kind = ? AND isDeleted = 0 AND country = 'DE' ORDER BY id LIMIT 100",
            lambda _, random: (random.randint(1, 4),),
        ),
        rows=100,
    ),
    Case(
        "contains + top 100",
        lambda _, random: _get(
            *(f"/customers?$filter=contains(name,'{part}')&$top=100" for part in ("77", "Eiche", "Łą"))
        ),
        (
            f"SELECT {_ALL} FROM customers WHERE instr(name, ?) > 0 ORDER BY id LIMIT 100",
            lambda _, random: (random.choice(("77", "Eiche", "Łą")),),
        ),
        rows=100,
    ),
    Case(
        "filter by date + order",
        lambda _, random: _get(
            *(
                f"/customers?$filter=created ge 2024-{month:02}-01T00:00:00Z and "
                f"created lt 2024-{month:02}-15T00:00:00Z&$orderby=created desc&$top=100"
                for month in range(1, 13)
            )
        ),
        (
            f"SELECT {_ALL} FROM customers WHERE created >= ? AND created < '2024-06-15' "
            "ORDER BY created DESC, id LIMIT 100",
            lambda _, random: ("2024-06-01",),
        ),
        rows=100,
    ),
    Case(
        "select 5 + top 1000",
        lambda _, __: _get("/customers?$select=id,name,country,kind,created&$top=1000"),
        (
            'SELECT id, name, country, kind, created, "odata-version" FROM customers ORDER BY id LIMIT ?',
            lambda _, __: (1_000,),
        ),
        rows=1_000,
    ),
    Case(
        "/$count",
        lambda _, __: _get("/customers/$count"),
        ("SELECT count(*) FROM customers", lambda _, __: ()),
    ),
    Case(
        "groupby + $count",
        lambda _, __: _get("/customers?$apply=groupby((country),aggregate($count as n))"),
        ("SELECT country, count(*) FROM customers GROUP BY country ORDER BY country", lambda _, __: ()),
        rows=12,
        target="1.3 × the floor",
    ),
    Case(
        "groupby partner + sum",
        lambda _, __: _get("/customers?$apply=groupby((partner/country),aggregate(kind with sum as kinds))"),
        (
            'SELECT p.country, sum(t.kind) FROM customers t LEFT JOIN partners p ON t."partnerId" = p.id '
            "GROUP BY p.country ORDER BY p.country",
            lambda _, __: (),
        ),
        rows=12,
    ),
    Case(
        "top 100 with count",
        lambda _, __: _get("/customers?$top=100&$count=true"),
        (f"SELECT {_ALL} FROM customers ORDER BY id LIMIT ?", lambda _, __: (100,)),
        rows=100,
    ),
    Case(
        "expand to-one, 100",
        lambda _, __: _get("/customers?$top=100&$expand=partner"),
        (
            f"SELECT {_OF_T}, p.id, p.name, p.country FROM customers t "
            'LEFT JOIN partners p ON t."partnerId" = p.id ORDER BY t.id LIMIT ?',
            lambda _, __: (100,),
        ),
        rows=100,
    ),
    Case(
        "expand to-many",
        lambda _, random: _get(
            *(f"/partners('{partner_id(number)}')?$expand=customers" for number in range(0, PARTNERS, 7))
        ),
        (
            f'SELECT {_ALL} FROM customers WHERE "partnerId" = ? ORDER BY id',
            lambda _, random: (partner_id(random.randrange(PARTNERS)),),
        ),
        rows=100,
    ),
    Case(
        "expand 5 of many, 100",
        lambda _, __: _get("/partners?$top=100&$expand=customers($top=5)"),
        rows=600,
    ),
    Case(
        "create",
        lambda _, random: [("POST", "/customers", _new(random)) for _ in range(3_000)],
        target="1,500/s",
        in_process=False,
        once=True,
    ),
    Case(
        "update",
        lambda ids, random: [
            ("PATCH", f"/customers('{key}')", '{"name":"Changed","stage":3}') for key in random.sample(ids, 2_000)
        ],
        in_process=False,
    ),
    Case(
        "delete",
        lambda ids, random: [("DELETE", f"/customers('{key}')", None) for key in random.sample(ids, 2_000)],
        in_process=False,
        once=True,
    ),
    Case("$metadata", lambda _, __: _get("/$metadata"), in_process=True),
)
