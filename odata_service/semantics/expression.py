"""Expressions: every name resolved, every node typed, every operand promoted (URL Conventions 5.1.1)."""

from typing import assert_never

from odata_service.edm.leaves import marker_of
from odata_service.edm.model import EnumType
from odata_service.edm.types import BOOLEAN, NULL, STRING, Kind, TypeRef, kind_of
from odata_service.errors import (
    ArithmeticFailure,
    NotSupported,
    Span,
    TypeMismatch,
    UnknownFunction,
    UnknownType,
    did_you_mean,
)
from odata_service.semantics.access import Owner
from odata_service.semantics.bind import literal_type
from odata_service.semantics.functions import NOT_YET, SIGNATURES, Signature
from odata_service.semantics.promotion import NUMERIC, UNORDERED, arithmetic, bare, common, is_lossless
from odata_service.semantics.property_path import Place, cast_to, follow
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    Binary,
    Call,
    Case,
    Cast,
    Constant,
    Convert,
    Expression,
    In,
    Logical,
    NavigationAccess,
    PropertyAccess,
    TypeTest,
    Unary,
)
from odata_service.url import print_expression as print_node
from odata_service.url import syntax
from odata_service.url.syntax import LiteralKind

_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_CAST_FROM_TEXT = frozenset(
    {Kind.GUID, Kind.DATE, Kind.TIME_OF_DAY, Kind.INSTANT, Kind.DURATION, Kind.BINARY, Kind.ENUMERATION}
)


def resolve_filter(node: syntax.Expression, scope: Scope) -> Expression:
    """A $filter: an expression that is true, false or null."""
    return _boolean(node, scope, f"{scope.target} must be true or false")


def resolve_expression(node: syntax.Expression, scope: Scope, wanted: TypeRef | None = None) -> Expression:
    """The typed tree of an expression; a literal takes the wanted type where it can stand for a value of it."""
    match node:
        case syntax.Literal():
            return _literal(node, scope, wanted)
        case syntax.Path():
            return _path(node, scope)
        case syntax.Alias():
            return _alias(node, scope, wanted)
        case syntax.FunctionCall():
            return _call(node, scope)
        case syntax.Case():
            return _case(node, scope)
        case syntax.JsonArray() | syntax.JsonObject():
            raise NotSupported(f"Collections and structured values are not compared here{scope.place(node.span)}.")
        case _:
            return _operation(node, scope)


def _operation(node: syntax.Logical | syntax.Binary | syntax.Unary | syntax.In, scope: Scope) -> Expression:
    match node:
        case syntax.Logical():
            what = f"'{node.operator}' joins conditions"
            return Logical(node.operator, tuple(_boolean(operand, scope, what) for operand in node.operands))
        case syntax.Binary():
            return _comparison(node, scope) if node.operator in _COMPARISONS else _arithmetic(node, scope)
        case syntax.Unary():
            return _unary(node, scope)
        case syntax.In():
            return _in(node, scope)
        case _:
            assert_never(node)


def _literal(node: syntax.Literal, scope: Scope, wanted: TypeRef | None) -> Expression:
    if node.kind is LiteralKind.ENUM:
        return scope.value(node, _enumeration(node, scope))
    own = literal_type(node.kind, node.text)
    if node.kind is LiteralKind.NULL:
        return Constant(None, NULL if wanted is None else bare(wanted))
    if wanted is not None and own.name != wanted.name:
        from_text = node.kind is LiteralKind.STRING and kind_of(wanted) in _CAST_FROM_TEXT
        if from_text or is_lossless(own, wanted):
            return scope.value(node, bare(wanted))
    return scope.value(node, own)


def _enumeration(node: syntax.Literal, scope: Scope) -> TypeRef:
    found = scope.request.schema.types.get(node.type_name or "")
    if isinstance(found, EnumType):
        return TypeRef(found.name, definition=found)
    names = [name for name, known in scope.request.schema.types.items() if isinstance(known, EnumType)]
    raise UnknownType(
        f"'{node.type_name}' is no enumeration of this service{scope.place(node.span)}.",
        target=scope.target,
        hint=did_you_mean(node.type_name or "", names),
    )


def _alias(node: syntax.Alias, scope: Scope, wanted: TypeRef | None) -> Expression:
    with scope.request.alias(node.name, scope.target) as value:
        if value is None:
            return Constant(None, NULL if wanted is None else bare(wanted))
        return resolve_expression(value, scope.at(f"@{node.name}", f"@{node.name}"), wanted)


def _boolean(node: syntax.Expression, scope: Scope, what: str) -> Expression:
    resolved = resolve_expression(node, scope, BOOLEAN)
    if resolved.type.name in {BOOLEAN.name, NULL.name} and not resolved.type.collection:
        return resolved
    raise TypeMismatch(
        f"{what}, and {print_node(node)} is {_article(resolved.type)}{scope.place(node.span)}.",
        target=scope.target,
        hint="Compare it with a value, as in … eq 'text'.",
    )


def _comparison(node: syntax.Binary, scope: Scope) -> Expression:
    left, right = _operands(node.left, node.right, scope)
    type_ref = common(left.type, right.type)
    if type_ref is None or kind_of(type_ref) is None:
        return _null_comparison(node, left, right, scope)
    ordering = node.operator not in {"eq", "ne"}
    if ordering and kind_of(type_ref) in UNORDERED:
        raise TypeMismatch(
            f"Values of {type_ref} have no order, so '{node.operator}' cannot compare them{scope.place(node.span)}.",
            target=scope.target,
        )
    return Binary(node.operator, _converted(left, type_ref), _converted(right, type_ref), BOOLEAN)


def _null_comparison(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> Expression:
    """`partner eq null` and `address eq null` ask for what has no primitive type; all else is a mistake."""
    null_side = left == Constant(None, NULL) or right == Constant(None, NULL)
    tested = left if isinstance(left, NavigationAccess | PropertyAccess) else right
    if isinstance(tested, NavigationAccess | PropertyAccess) and null_side and node.operator in {"eq", "ne"}:
        return _presence(node.operator, _present(tested, scope))
    raise TypeMismatch(
        f"'{node.operator}' cannot compare {_article(left.type)} with {_article(right.type)}{scope.place(node.span)}.",
        target=scope.target,
        hint=_comparison_hint(left.type, right.type),
    )


def _present(tested: Owner, scope: Scope) -> Owner | TypeTest:
    """What is null just where an entity or a value is: of one that never is null, what it stands in, or None.

    What a derived type declares is there where an entity is of that type.
    """
    if not isinstance(tested, PropertyAccess):
        return tested
    declared, schema = tested.property.type, scope.request.schema
    if not declared.collection and not (schema.is_taken_apart(declared) and marker_of(declared, schema) is None):
        return tested
    if tested.cast is not None and not isinstance(tested.owner, PropertyAccess):
        return TypeTest((tested.cast, *schema.derived_from(tested.cast)), tested.owner)
    return _present(tested.owner, scope)


def _presence(operator: str, present: Owner | TypeTest) -> Expression:
    """A comparison with null of what `_present` found."""
    match present:
        case None:
            return Constant(operator == "ne", BOOLEAN)
        case TypeTest():
            return present if operator == "ne" else Unary("not", present, BOOLEAN)
        case _:
            return Binary(operator, present, Constant(None, NULL), BOOLEAN)


_FORMS = {
    Kind.DATE: "Write the date as 2024-01-31.",
    Kind.INSTANT: "Write the instant without quotes, as 2024-01-31T12:00:00Z.",
    Kind.TIME_OF_DAY: "Write the time as 12:00:00.",
    Kind.GUID: "Write the GUID without quotes.",
    Kind.DURATION: "Write the duration as duration'P1DT2H'.",
    Kind.STRING: "Put text in single quotes.",
    Kind.BOOLEAN: "Write true or false, without quotes.",
}


def _comparison_hint(left: TypeRef, right: TypeRef) -> str | None:
    kind = kind_of(left)
    return "Write the number without quotes." if kind in NUMERIC else _FORMS.get(kind) if kind else None


def _operands(left: syntax.Expression, right: syntax.Expression, scope: Scope) -> tuple[Expression, Expression]:
    """Both operands; a literal takes the type of the other side where it can."""
    if _is_literal(left, scope) and not _is_literal(right, scope):
        resolved = resolve_expression(right, scope)
        return resolve_expression(left, scope, _hint(resolved)), resolved
    resolved = resolve_expression(left, scope)
    return resolved, resolve_expression(right, scope, _hint(resolved))


def _hint(resolved: Expression) -> TypeRef | None:
    return resolved.type if resolved.type.is_primitive else None


def _is_literal(node: syntax.Expression, scope: Scope) -> bool:
    if isinstance(node, syntax.Alias):
        return isinstance(scope.request.aliases.get(node.name), syntax.Literal | None)
    return isinstance(node, syntax.Literal)


def _converted(node: Expression, type_ref: TypeRef) -> Expression:
    """The operand in the type of the comparison; widths of integers are all one to a comparison."""
    if isinstance(node, Constant) and node.value is None:
        return Constant(None, type_ref)
    same = node.type.name == type_ref.name or kind_of(node.type) is kind_of(type_ref)
    return node if same else Convert(node, type_ref)


def _arithmetic(node: syntax.Binary, scope: Scope) -> Expression:
    if node.operator == "has":
        return _has(node, scope)
    left, right = _operands(node.left, node.right, scope)
    type_ref = arithmetic(node.operator, left.type, right.type)
    if type_ref is None:
        raise TypeMismatch(
            f"'{node.operator}' cannot be used between {_article(left.type)} and {_article(right.type)}"
            f"{scope.place(node.span)}.",
            target=scope.target,
        )
    if kind_of(type_ref) in NUMERIC:
        left, right = _converted(left, type_ref), _converted(right, type_ref)
    whole = kind_of(type_ref) is Kind.INTEGER and node.operator in {"div", "mod"}
    if whole and isinstance(right, Constant) and right.value == 0:
        raise ArithmeticFailure(f"A whole number is divided by zero{scope.place(node.span)}.", target=scope.target)
    return Binary(node.operator, left, right, type_ref)


def _has(node: syntax.Binary, scope: Scope) -> Expression:
    """Whether all members of the right side are set on the left one (URL Conventions 5.1.1.1.9)."""
    left, right = _operands(node.left, node.right, scope)
    type_ref = common(left.type, right.type)
    if type_ref is None or kind_of(type_ref) is not Kind.ENUMERATION:
        raise TypeMismatch(
            f"'has' takes values of one enumeration, and not {_article(left.type)} and {_article(right.type)}"
            f"{scope.place(node.left.span)}.",
            target=scope.target,
        )
    return Binary("has", _converted(left, type_ref), _converted(right, type_ref), BOOLEAN)


def _unary(node: syntax.Unary, scope: Scope) -> Expression:
    if node.operator == "not":
        return Unary("not", _boolean(node.operand, scope, "'not' turns a condition round"), BOOLEAN)
    operand = resolve_expression(node.operand, scope)
    kind = kind_of(operand.type)
    if kind in NUMERIC or kind is Kind.DURATION:
        return Unary("-", operand, bare(operand.type))
    raise TypeMismatch(
        f"'-' takes a number or a duration, and not {_article(operand.type)}{scope.place(node.span)}.",
        target=scope.target,
    )


def _in(node: syntax.In, scope: Scope) -> Expression:
    if node.collection is not None:
        raise NotSupported(f"'in' takes a list in parentheses{scope.place(node.span)}.", hint="Write in ('a','b').")
    operand = resolve_expression(node.operand, scope)
    values = []
    type_ref = bare(operand.type)
    for member in node.values:
        value = resolve_expression(member, scope, _hint(operand))
        shared = common(type_ref, value.type)
        if shared is None:
            raise TypeMismatch(
                f"'in' cannot compare {_article(operand.type)} with {_article(value.type)}{scope.place(member.span)}.",
                target=scope.target,
                hint=_comparison_hint(operand.type, value.type),
            )
        type_ref = shared
        values.append(value)
    return In(_converted(operand, type_ref), tuple(_converted(value, type_ref) for value in values))


def _case(node: syntax.Case, scope: Scope) -> Expression:
    branches = []
    type_ref = NULL
    for condition, result in node.branches:
        value = resolve_expression(result, scope, None if type_ref == NULL else type_ref)
        shared = common(type_ref, value.type) if type_ref != value.type else type_ref
        if shared is None:
            raise TypeMismatch(
                f"The results of case are {_article(type_ref)} and {_article(value.type)}{scope.place(result.span)}.",
                target=scope.target,
            )
        type_ref = shared
        branches.append((_boolean(condition, scope, "case asks for conditions"), value))
    return Case(tuple((test, _converted(value, type_ref)) for test, value in branches), type_ref)


def _path(node: syntax.Path, scope: Scope) -> Expression:
    """A path of single-valued navigation and complex values that ends in a property or an entity."""
    if node.root not in {None, "$it"}:
        raise NotSupported(f"Paths from {_root(node)} are not supported{scope.place(node.span)}.")
    place = Place(scope)
    for step in node.steps:
        match step:
            case syntax.Name(name, span=span):
                _check_call(node, step, place.scope)
                place = follow(name, span, place)
            case syntax.FunctionCall(name, arguments) if name.lower() == "cast" and len(arguments) == 1:
                place = cast_to(_type_name(arguments[0], scope), step.span, place)
            case _:
                raise _unsupported_step(step, scope)
    if place.owner is None:
        raise NotSupported(f"The instance itself is not a value here{scope.place(node.span)}.")
    return place.owner


def _check_call(node: syntax.Path, step: syntax.Name, scope: Scope) -> None:
    """A name that is no property, with a value in parentheses behind it, is meant for a function."""
    match node.steps:
        case (only, syntax.KeyPredicate()) if only is step:
            if scope.property(step.name) is None and scope.navigation(step.name) is None and "." not in step.name:
                raise _no_function(step.name, scope, node.span)


def _unsupported_step(step: syntax.PathStep, scope: Scope) -> NotSupported:
    what = {
        syntax.Lambda: "any and all",
        syntax.CountStep: "$count in expressions",
        syntax.FilterStep: "$filter in expressions",
        syntax.AggregateStep: "Aggregates in expressions",
        syntax.KeyPredicate: "Keys in expressions",
        syntax.AnnotationName: "Annotations in expressions",
    }.get(type(step), "Functions of the model")
    return NotSupported(f"{what} are not supported yet{scope.place(step.span)}.", hint="Leave this part out.")


def _root(node: syntax.Path) -> str:
    return f"@{node.root.name}" if isinstance(node.root, syntax.Alias) else str(node.root)


def _call(node: syntax.FunctionCall, scope: Scope) -> Expression:
    name = node.name.lower()
    if name == "cast":
        return _cast(node, scope)
    if name == "isof":
        return _isof(node, scope)
    if name in NOT_YET:
        raise NotSupported(f"The function '{node.name}' is not supported yet{scope.place(node.span)}.")
    overloads = SIGNATURES.get(name)
    if overloads is None:
        raise _no_function(node.name, scope, node.span)
    for signature in overloads:
        arguments = _arguments(node, signature, scope)
        if arguments is not None:
            return Call(name, arguments, signature.result)
    found = ", ".join(str(resolve_expression(argument, scope).type) for argument in node.arguments)
    raise TypeMismatch(
        f"'{node.name}' does not take ({found}){scope.place(node.span)}.",
        target=scope.target,
        hint=f"Write {' or '.join(str(signature) for signature in overloads)}.",
    )


def _no_function(name: str, scope: Scope, span: Span) -> UnknownFunction:
    return UnknownFunction(
        f"'{name}' is not a function{scope.place(span)}.",
        target=scope.target,
        hint=did_you_mean(name, [*SIGNATURES, "cast", "isof"]),
    )


def _arguments(node: syntax.FunctionCall, signature: Signature, scope: Scope) -> tuple[Expression, ...] | None:
    """The arguments as an overload takes them, or None where it does not."""
    if node.named or len(node.arguments) != len(signature.parameters):
        return None
    resolved = []
    for argument, wanted in zip(node.arguments, signature.parameters, strict=True):
        value = resolve_expression(argument, scope, wanted if _may_stand_for(argument, wanted) else None)
        if value.type == NULL:
            value = Constant(None, wanted)
        elif kind_of(value.type) is not kind_of(wanted):
            promoted = common(value.type, wanted)
            if promoted is None or promoted.name != wanted.name:
                return None
            value = Convert(value, wanted)
        resolved.append(value)
    return tuple(resolved)


def _may_stand_for(node: syntax.Expression, wanted: TypeRef) -> bool:
    """A literal takes a parameter's type only where its own kind says so: text is not taken for a date."""
    return not (isinstance(node, syntax.Literal) and node.kind is LiteralKind.STRING) or wanted.name == STRING.name


def _cast(node: syntax.FunctionCall, scope: Scope) -> Expression:
    if len(node.arguments) != 2:
        raise NotSupported(f"cast takes a value and a type{scope.place(node.span)}.", hint="Write cast(x,Edm.String).")
    wanted = _primitive_type(node.arguments[1], scope)
    operand = resolve_expression(node.arguments[0], scope)
    if operand.type == NULL:
        return Constant(None, wanted)
    pair = {kind_of(operand.type), kind_of(wanted)}
    castable = pair.isdisjoint({Kind.ENUMERATION, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED, None})
    if castable and (len(pair) == 1 or Kind.STRING in pair or pair <= NUMERIC):
        return Cast(operand, wanted)
    raise TypeMismatch(
        f"{_article(operand.type).capitalize()} cannot be cast to {wanted}{scope.place(node.span)}.",
        target=scope.target,
    )


def _isof(node: syntax.FunctionCall, scope: Scope) -> Expression:
    """Of entities their own type tells; that of a value is that of its expression, unless it is null."""
    if len(node.arguments) == 1:
        return _entity_test(_type_name(node.arguments[0], scope), scope.entity_type, None, scope)
    if len(node.arguments) != 2:
        raise TypeMismatch(f"isof takes a value and a type{scope.place(node.span)}.", target=scope.target)
    operand = resolve_expression(node.arguments[0], scope)
    if isinstance(operand, NavigationAccess):
        return _entity_test(_type_name(node.arguments[1], scope), operand.type.name, operand, scope)
    wanted = _primitive_type(node.arguments[1], scope)
    shared = common(operand.type, wanted)
    fits = shared is not None and shared.name == wanted.name
    return Binary("ne", operand, Constant(None, operand.type), BOOLEAN) if fits else Constant(False, BOOLEAN)


def _entity_test(name: str, declared: str, owner: NavigationAccess | None, scope: Scope) -> Expression:
    """Whether an entity is of a type: known beforehand where its declared type says all."""
    schema = scope.request.schema
    schema.entity_type(name)
    if schema.is_derived(declared, name):
        return Constant(True, BOOLEAN) if owner is None else Binary("ne", owner, Constant(None, NULL), BOOLEAN)
    if not schema.is_derived(name, declared):
        return Constant(False, BOOLEAN)
    return TypeTest((name, *schema.derived_from(name)), owner)


def _type_name(node: syntax.Expression, scope: Scope) -> str:
    match node:
        case syntax.Path(steps=(syntax.Name(name),), root=None):
            return name
        case syntax.Literal(kind=LiteralKind.STRING, text=text):
            return text
        case _:
            raise TypeMismatch(
                f"A type's qualified name is expected{scope.place(node.span)}.",
                target=scope.target,
                hint="Write it without quotes, as in Edm.String.",
            )


def _primitive_type(node: syntax.Expression, scope: Scope) -> TypeRef:
    wanted = TypeRef(_type_name(node, scope))
    if kind_of(wanted) in {None, Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY}:
        raise TypeMismatch(
            f"'{wanted}' is not a type that values are cast to{scope.place(node.span)}.", target=scope.target
        )
    return wanted


def _article(type_ref: TypeRef) -> str:
    return "null" if type_ref == NULL else f"an {type_ref}" if type_ref.name.startswith("Edm.") else f"a {type_ref}"
