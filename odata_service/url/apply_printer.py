"""Transformations of $apply to decoded text."""

from typing import assert_never

from odata_service.url.expression_printer import print_aggregate, print_expression, print_path
from odata_service.url.search_printer import print_search
from odata_service.url.syntax import (
    Aggregation,
    Computation,
    ComputeItem,
    Concatenation,
    Filtering,
    FunctionCall,
    Grouping,
    GroupingElement,
    HierarchyReference,
    Identity,
    Join,
    NamedRollup,
    Nesting,
    NestItem,
    Ordering,
    OrderItem,
    Path,
    Ranking,
    RecursiveRollup,
    Relatives,
    Rollup,
    Searching,
    Sequence,
    Slice,
    Transformation,
    Traversal,
)


def print_apply(sequence: Sequence) -> str:
    """The decoded text of a sequence of transformations."""
    return "/".join(_transformation(transformation) for transformation in sequence)


def print_order_item(item: OrderItem) -> str:
    """The decoded text of an item of $orderby."""
    return print_expression(item.expression) + (" desc" if item.descending else "")


def print_compute_item(item: ComputeItem) -> str:
    """The decoded text of an item of $compute."""
    return f"{print_expression(item.expression)} as {item.name}"


def _transformation(node: Transformation) -> str:
    match node:
        case Identity():
            return "identity"
        case FunctionCall():
            return print_expression(node)
        case _:
            name, parts = _named(node)
            return f"{name}({','.join(parts)})"


_Named = (
    Aggregation
    | Grouping
    | Concatenation
    | Computation
    | Filtering
    | Searching
    | Ordering
    | Slice
    | Ranking
    | Nesting
    | Join
    | Relatives
    | Traversal
)


def _named(node: _Named) -> tuple[str, list[str]]:
    """The name of a transformation and what stands between the commas in its parentheses."""
    match node:
        case Aggregation(items):
            return "aggregate", [print_aggregate(item) for item in items]
        case Concatenation(sequences):
            return "concat", [print_apply(sequence) for sequence in sequences]
        case Computation(items):
            return "compute", [print_compute_item(item) for item in items]
        case Filtering(predicate):
            return "filter", [print_expression(predicate)]
        case Searching(search):
            return "search", [print_search(search)]
        case Ordering(items):
            return "orderby", [print_order_item(item) for item in items]
        case Slice(operator, count):
            return operator, [str(count.value)]
        case Ranking(operator, amount, value):
            return operator, [print_expression(amount), print_expression(value)]
        case _:
            return _structured(node)


def _structured(node: Grouping | Nesting | Join | Relatives | Traversal) -> tuple[str, list[str]]:
    """The same for transformations that hold others."""
    match node:
        case Grouping(elements, apply):
            return "groupby", [f"({','.join(_element(element) for element in elements)})", *_inner(apply)]
        case Nesting(nested, path):
            inner = [_nest_item(item) for item in nested]
            return ("nest", inner) if path is None else ("addnested", [print_path(path), *inner])
        case Join(operator, joined, alias, apply):
            return operator, [f"{print_path(joined)} as {alias}", *_inner(apply)]
        case Relatives(operator, hierarchy, start, distance, keep_start):
            further = [*([str(distance.value)] if distance else []), *(["keep start"] if keep_start else [])]
            return operator, [_hierarchy(hierarchy), print_apply(start), *further]
        case Traversal(hierarchy, order, start, siblings):
            ordered = (print_order_item(item) for item in siblings)
            return "traverse", [_hierarchy(hierarchy), order, *_inner(start), *ordered]
        case _:
            assert_never(node)


def _inner(sequence: Sequence) -> list[str]:
    return [print_apply(sequence)] if sequence else []


def _nest_item(item: NestItem) -> str:
    return f"{print_apply(item.apply)} as {item.alias}"


def _hierarchy(reference: HierarchyReference) -> str:
    return f"{print_path(reference.nodes)},{reference.qualifier},{print_path(reference.node_property)}"


def _element(element: GroupingElement) -> str:
    match element:
        case Path():
            return print_path(element)
        case Rollup(levels):
            return f"rollup({','.join(print_path(level) for level in levels)})"
        case NamedRollup(hierarchy):
            return f"rollup({hierarchy})"
        case RecursiveRollup(reference, start):
            return f"rolluprecursive({','.join([_hierarchy(reference), *_inner(start)])})"
        case _:
            assert_never(element)
