"""Aggregation methods beside the standard's, by their qualified names (Data Aggregation 3.2.1.2, 5.1)."""

from msgspec.structs import replace

from odata_service.edm.aggregation import AggregationMethod
from odata_service.edm.types import STRING, Kind, TypeRef, kind_of
from odata_service.errors import NotSupported, OptionNotAllowed, SemanticError, Span, TypeMismatch, did_you_mean
from odata_service.semantics.apply_restrictions import stated_methods
from odata_service.semantics.operands import article
from odata_service.semantics.promotion import bare, common
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Convert, Expression

METHODS = ("sum", "min", "max", "average", "countdistinct")
"""Those of the standard."""

UNIT = AggregationMethod(
    "odata.service.unit",
    takes=STRING,
    work=lambda values, _: values[0] if len(set(values)) == 1 else None,
    sql=(("", "CASE WHEN min({0}) = max({0}) THEN min({0}) END"),),
)
"""The one value that all have, null where they differ: what a sum of amounts has as its unit or currency."""

_WITHOUT_VALUE = frozenset({None, Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED})


def custom_method(name: str, span: Span, scope: Scope) -> AggregationMethod | None:
    """The method of a qualified name, None for one of the standard's; the errors say which there are."""
    if name in METHODS:
        return None
    if name == UNIT.name:
        return UNIT
    schema = scope.request.schema
    prefix, _, last = name.rpartition(".")
    found = schema.methods.get(f"{schema.aliases.get(prefix, prefix)}.{last}")
    stated = stated_methods(scope)
    if found is not None and stated and found.name not in stated:
        raise OptionNotAllowed(
            f"'{scope.entity_type}' is not aggregated with {name} ({scope.target}).",
            target=scope.target,
            hint=f"Use {', '.join((*METHODS, *stated))}.",
        )
    if found is not None:
        return found
    if name in stated:
        raise NotSupported(
            f"'{name}' is declared as an aggregation method, and nothing carries it out{scope.place(span)}.",
            target=scope.target,
            hint=f'Register it: @service.aggregation_method("{name}"), in the file of --code.',
        )
    known = (*METHODS, *schema.methods)
    raise SemanticError(
        f"'{name}' is no aggregation method of this service{scope.place(span)}.",
        target=scope.target,
        hint=did_you_mean(name, known) or f"It has {', '.join(known)}.",
    )


def taken(method: AggregationMethod, operand: Expression, span: Span, scope: Scope) -> tuple[Expression, TypeRef]:
    """The operand as a custom method takes it, and the type of the aggregate."""
    wanted, kind = method.takes, kind_of(operand.type)
    shared = None if wanted is None or kind is None else common(bare(operand.type), bare(wanted))
    fits = kind not in _WITHOUT_VALUE and not operand.type.collection
    if wanted is not None:
        fits = fits and shared is not None and kind_of(shared) is kind_of(wanted)
    if not fits:
        takes = "single values" if wanted is None else f"values of {wanted}"
        raise TypeMismatch(
            f"'{method.name}' takes {takes}, and this is {article(operand.type)}{scope.place(span)}.",
            target=scope.target,
        )
    found = operand if wanted is None or kind is kind_of(wanted) else Convert(operand, bare(wanted))
    gives = method.gives
    return found, bare(found.type) if gives is None else replace(bare(gives), collection=False)
