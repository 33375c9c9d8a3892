"""What a page says of `$filter`, `$orderby`, `$search` and `$expand` in, Capabilities annotations out."""

from collections.abc import Iterator

from odata_service.definition.resource_page import MemberRow, ResourcePage
from odata_service.edm.annotations import CAPABILITIES, Annotation, Path, Record, Value

_RANGES = frozenset({"ne", "not", "gt", "ge", "lt", "le"})
_SEARCHES = frozenset({"startswith", "endswith", "contains"})


def query_restrictions(page: ResourcePage) -> tuple[Annotation, ...]:
    """The restrictions of the type's entity sets, as far as the descriptions of its properties state them."""
    return tuple(_restrictions(page))


def _restrictions(page: ResourcePage) -> Iterator[Annotation]:
    filters = _record(
        ("NonFilterableProperties", _refusing(page, "filter", "PropertyPath")),
        ("FilterExpressionRestrictions", tuple(_expressions(page))),
    )
    if filters.values:
        yield Annotation(f"{CAPABILITIES}.FilterRestrictions", filters)
    sorts = _record(("NonSortableProperties", _refusing(page, "orderby", "PropertyPath")))
    if sorts.values:
        yield Annotation(f"{CAPABILITIES}.SortRestrictions", sorts)
    expands = _record(("NonExpandableProperties", _refusing(page, "expand", "NavigationPropertyPath")))
    if expands.values:
        yield Annotation(f"{CAPABILITIES}.ExpandRestrictions", expands)


def _record(*fields: tuple[str, tuple[Value, ...]]) -> Record:
    """A record of those fields that hold something."""
    return Record({name: values for name, values in fields if values})


def _refusing(page: ResourcePage, option: str, kind: str) -> tuple[Value, ...]:
    rows = page.relationships if kind == "NavigationPropertyPath" else page.properties
    found = (row.name for row in rows if option in row.statements.not_queryable)
    if kind == "NavigationPropertyPath":
        return tuple(Path(name, "NavigationPropertyPath") for name in found)
    return tuple(Path(name, "PropertyPath") for name in found)


def _expressions(page: ResourcePage) -> Iterator[Record]:
    """The kinds of comparisons that descriptions say `$filter` takes."""
    for row in page.properties:
        allowed = _allowed(row)
        if allowed is not None:
            yield Record({"Property": Path(row.name, "PropertyPath"), "AllowedExpressions": allowed})


def _allowed(row: MemberRow) -> str | None:
    """The vocabulary's word for the operators of a description; None where it names none."""
    operators = set(row.statements.filter_operators)
    if not operators or row.type.collection:
        return None
    if operators & _SEARCHES:
        return "MultiRangeOrSearchExpression" if operators - _SEARCHES else "SearchExpression"
    return "MultiRange" if operators & _RANGES else "MultiValue"
