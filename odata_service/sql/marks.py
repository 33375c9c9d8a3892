"""The columns that say of a complex value that it is there, or of which type: what they hold for one that is.

A migration needs that where such a column is new beside members that are there already.
"""

from itertools import accumulate

from msgspec import Struct

from odata_service.edm.leaves import PRESENT, TYPE
from odata_service.edm.model import Schema
from odata_service.sql.mapping import Mapping, TableMapping


class Mark(Struct, frozen=True):
    """What a column holds, as SQL text, where the complex value is there whose members have the columns `members`.

    `present` is the column that says so where no types derive from that of the value.
    """

    value: str
    members: tuple[str, ...]
    present: str


def marks_of(table: TableMapping, mapping: Mapping) -> dict[str, Mark]:
    """The marks of a table by the names of their columns."""
    places = [path.rpartition("/") for path in table.columns]
    members: dict[str, list[tuple[str, str]]] = {
        owner: [] for owner, _, last in places if owner and last in {PRESENT, TYPE}
    }
    for path, column in table.columns.items():
        for owner in accumulate(path.split("/")[:-1], "{}/{}".format):
            if owner in members:
                members[owner].append((path, column.name))
    found = {}
    for (owner, _, last), (path, column) in zip(places, table.columns.items(), strict=True):
        if not owner or last not in {PRESENT, TYPE}:
            continue
        held = True if last == PRESENT else _type_at(owner, table, mapping)
        encode = mapping.codec(column).encode
        value = mapping.family.dialect.literal(held if encode is None else encode(held))
        present = f"{column.name[: -len(last.removeprefix('$'))]}{PRESENT.removeprefix('$')}"
        others = tuple(name for other, name in members[owner] if other != path)
        found[column.name] = Mark(value, others, present)
    return found


def _type_at(path: str, table: TableMapping, mapping: Mapping) -> str:
    """The declared type of the complex value at a path of a table's entities."""
    schema = mapping.schema
    source = next(name for name, known in mapping.tables.items() if known is table)
    current = schema.sources.by_name[source].entity_type
    for step in path.split("/"):
        current = step if "." in step else _type_of(current, step, schema)
    return current


def _type_of(holder: str, name: str, schema: Schema) -> str:
    return schema.properties(holder)[name].type.name
