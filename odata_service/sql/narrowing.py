"""What must be the case besides a condition, so that an index of texts finds the few rows to try it on.

The condition itself stays and decides. For `contains`, `startswith` and `endswith` on a text of the row itself, plain
or in small letters, the index finds what may contain it; of `and` one operand is enough, of `or` all are needed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from peewee import Node

from odata_service.edm.types import STRING
from odata_service.plan.model import PathSource
from odata_service.plan.model import Source as PlanSource
from odata_service.semantics.access import entity_of, path_of
from odata_service.semantics.tree import Binary, Call, Constant, Expression, Logical, Parameter, PropertyAccess
from odata_service.sql.expression import balanced, condition
from odata_service.sql.families.family import Needle, TextIndex
from odata_service.sql.mapping import Mapping as SchemaMapping
from odata_service.sql.searches import search_indexes
from odata_service.sql.slots import Slot, held
from odata_service.sql.source import Tables

_FINDS = frozenset({"contains", "startswith", "endswith"})

Tests = Mapping[int, Callable[[str], bool]]
"""For the slots of a statement whose texts an index looks for, whether it can look for one."""


class _Found(Struct, frozen=True):
    """That one of some columns may contain a text: a value of the request, or a constant."""

    columns: frozenset[str]
    wanted: Parameter | Constant
    lowered: bool
    exact: bool


class _Joined(Struct, frozen=True):
    operator: str
    operands: "tuple[_Needed, ...]"


_Needed = _Found | _Joined


def conditions_of(where: Expression | None, source: PlanSource, tables: Tables, unserved: frozenset[int]) -> list[Node]:
    """The condition of a plan in SQL, and what narrows it; `unserved` are the slots whose texts no index finds."""
    if where is None:
        return []
    exact = condition(where, tables)
    needed = _needed(where, source, tables.mapping, unserved) if tables.parents is None else None
    return [exact] if needed is None else [_built(needed, tables), exact]


def tests_of(where: Expression | None, source: PlanSource, mapping: SchemaMapping) -> Tests:
    """The slots of a condition that an index is asked about, and for which texts it can be."""
    needed = None if where is None else _needed(where, source, mapping, frozenset())
    index = mapping.family.text_index
    if needed is None or index is None:
        return {}
    tests: dict[int, Callable[[str], bool]] = {}
    for found in _leaves(needed):
        if isinstance(found.wanted, Parameter):
            known = tests.get(found.wanted.slot)
            tests[found.wanted.slot] = _test(index, found.exact, known)
    return tests


def unserved(tests: Tests, values: Sequence[Any]) -> frozenset[int]:
    """The slots that hold what no index finds, among the values of a request."""
    return frozenset(slot for slot, serves in tests.items() if values[slot] is None or not serves(values[slot]))


def _test(index: TextIndex, exact: bool, other: Callable[[str], bool] | None) -> Callable[[str], bool]:
    return lambda text: index.serves(text, exact) and (other is None or other(text))


def _needed(where: Expression, source: PlanSource, mapping: SchemaMapping, unserved: frozenset[int]) -> _Needed | None:
    """What must be the case for a condition to be true, as far as an index can tell; of the rows of one table alone."""
    index = mapping.family.text_index
    if index is None or not isinstance(source, PathSource):
        return None
    table = mapping.tables[source.target.name]
    if not table.searched:
        return None
    columns = {
        path: column.name
        for path, column in table.columns.items()
        if column.name in table.searched and (source.target.name, path) not in mapping.computed
    }

    def walk(node: Expression) -> _Needed | None:
        match node:
            case Logical("and", operands):
                return _joined("and", [found for operand in operands if (found := walk(operand)) is not None])
            case Logical("or", operands):
                parts = [walk(operand) for operand in operands]
                known = [part for part in parts if part is not None]
                return _joined("or", known) if len(known) == len(parts) else None
            case Binary("eq", Call() as call, Constant(True)):
                return walk(call)
            case Call(name, (text, wanted)) if name in _FINDS:
                return _find(text, wanted, columns, unserved, index)
            case _:
                return None

    return walk(where)


def _find(
    text: Expression, wanted: Expression, columns: Mapping[str, str], unserved: frozenset[int], index: TextIndex
) -> _Found | None:
    """That a text contains another, where both are what an index knows."""
    plain, lowered_text = _plain(text)
    needle, lowered = _plain(wanted)
    if (
        not isinstance(plain, PropertyAccess)
        or entity_of(plain) is not None
        or not isinstance(needle, Parameter | Constant)
    ):
        return None
    column = columns.get(path_of(plain))
    exact = not (lowered_text or lowered)
    if column is None or needle.type.name != STRING.name:
        return None
    if isinstance(needle, Parameter):
        served = needle.slot not in unserved
    else:
        served = isinstance(needle.value, str) and index.serves(needle.value, exact)
    return _Found(frozenset((column,)), needle, lowered, exact) if served else None


def _plain(node: Expression) -> tuple[Expression, bool]:
    """What is in small letters in an expression, or the expression itself; and whether it is so."""
    match node:
        case Call("tolower", (inner,)):
            return inner, True
        case _:
            return node, False


def _joined(operator: str, parts: Sequence[_Needed]) -> _Needed | None:
    """Parts together: the same text in several columns is looked for once."""
    merged: dict[object, _Needed] = {}
    for part in parts:
        if operator == "or" and isinstance(part, _Found):
            same = (part.wanted, part.lowered, part.exact)
            known = merged.get(same)
            columns = known.columns if isinstance(known, _Found) else frozenset[str]()
            merged[same] = _Found(part.columns | columns, *same)
        else:
            merged[part] = part
    found = tuple(merged.values())
    return None if not found else found[0] if len(found) == 1 else _Joined(operator, found)


def _leaves(needed: _Needed) -> Iterator[_Found]:
    if isinstance(needed, _Found):
        yield needed
    else:
        for operand in needed.operands:
            yield from _leaves(operand)


def _built(needed: _Needed, tables: Tables) -> Node:
    if isinstance(needed, _Joined):
        return balanced(needed.operator.upper(), [_built(operand, tables) for operand in needed.operands])
    table = tables.mapping.tables[tables.entity_set.name]
    index, family = search_indexes(tables.mapping)[table.name], tables.family.text_index
    assert family is not None, "what has an index has a family that makes it"
    places = [place for place, name in enumerate(table.searched) if name in needed.columns]
    return family.found(index, tables.root, places, Needle(_held(needed.wanted), needed.lowered, needed.exact))


def _held(wanted: Parameter | Constant) -> Callable[[Callable[[str], str]], Node]:
    def hold(encode: Callable[[str], str]) -> Node:
        if isinstance(wanted, Parameter):
            return held(Slot(wanted.slot, wanted.type, encode))
        assert isinstance(wanted.value, str), "what is looked for is a text"
        return held(encode(wanted.value))

    return hold
