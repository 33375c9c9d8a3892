"""Values of annotations as expressions of URLs: what CSDL writes as elements, a request could have written itself.

(CSDL 14.3, 14.4; URL Conventions 5.1.1.14.9)
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import reduce
from typing import Any

from odata_service.edm.annotations import (
    Apply,
    Conversion,
    EnumMember,
    If,
    LabeledElement,
    LabeledElementReference,
    Null,
    Operation,
    Path,
    Text,
    UrlRef,
    Value,
)
from odata_service.edm.model import EnumType
from odata_service.edm.values import print_decimal, print_float
from odata_service.errors import NotSupported, TypeMismatch
from odata_service.semantics.functions import SIGNATURES
from odata_service.semantics.scope import Scope
from odata_service.url import parse_expression, syntax
from odata_service.url.syntax import Literal, LiteralKind

_CLIENT_SIDE = "odata."
_TRUE = Literal(LiteralKind.BOOLEAN, "true")
_TEXTS = {
    "Edm.Date": LiteralKind.DATE,
    "Edm.DateTimeOffset": LiteralKind.DATE_TIME_OFFSET,
    "Edm.Duration": LiteralKind.DURATION,
    "Edm.Guid": LiteralKind.GUID,
    "Edm.TimeOfDay": LiteralKind.TIME_OF_DAY,
}
_PLAIN: Mapping[type, tuple[LiteralKind, Callable[[Any], str]]] = {
    bool: (LiteralKind.BOOLEAN, lambda value: str(value).lower()),
    int: (LiteralKind.INTEGER, str),
    float: (LiteralKind.DOUBLE, print_float),
    Decimal: (LiteralKind.DECIMAL, print_decimal),
    str: (LiteralKind.STRING, str),
    bytes: (LiteralKind.BINARY, lambda value: urlsafe_b64encode(value).decode("ascii")),
}
_OPERATORS: Mapping[str, Callable[..., syntax.Expression]] = {
    "And": lambda *parts: syntax.Logical("and", parts),
    "Or": lambda *parts: syntax.Logical("or", parts),
    "Not": lambda part: syntax.Unary("not", part),
    "Neg": lambda part: syntax.Unary("-", part),
    "In": lambda part, collection: syntax.In(part, collection=collection),
}
"""The operators that are no pair of operands with a name between them."""


def expression_of(value: Value, scope: Scope) -> syntax.Expression:
    """The expression that a value is; `TypeMismatch` for a record, which is no value of an expression."""
    match value:
        case If(condition, then, otherwise):
            branches = [(expression_of(condition, scope), expression_of(then, scope))]
            if otherwise is not None:
                branches.append((_TRUE, expression_of(otherwise, scope)))
            return syntax.Case(tuple(branches))
        case Operation(operator, operands):
            parts = [expression_of(part, scope) for part in operands]
            made = _OPERATORS.get(operator)
            return syntax.Binary(operator.lower(), parts[0], parts[1]) if made is None else made(*parts)
        case Conversion(operator, type_ref, inner):
            named = syntax.Path((syntax.Name(str(type_ref)),))
            return syntax.FunctionCall(operator.lower(), (expression_of(inner, scope), named))
        case Apply():
            return _called(value, scope)
        case tuple():
            return syntax.JsonArray(tuple(expression_of(part, scope) for part in value))
        case Path(path, "Path"):
            return parse_expression(path.replace("@", "/@").replace("//@", "/@").removeprefix("/"))
        case UrlRef(inner) | LabeledElement(_, inner):
            return expression_of(inner, scope)
        case _:
            return _literal(value, scope)


def _literal(value: Value, scope: Scope) -> Literal:
    plain = _PLAIN.get(type(value))
    if plain is not None:
        kind, written = plain
        return Literal(kind, written(value))
    match value:
        case Text(type_name, text):
            return Literal(_TEXTS.get(type_name, LiteralKind.STRING), text)
        case EnumMember(type_name, members):
            known = isinstance(scope.request.schema.types.get(type_name), EnumType)
            return Literal(LiteralKind.ENUM if known else LiteralKind.STRING, ",".join(members), type_name)
        case Path(path):
            return Literal(LiteralKind.STRING, path)
        case Null():
            return Literal(LiteralKind.NULL, "null")
        case LabeledElementReference(name):
            raise NotSupported(
                f"{scope.option} is that of the labeled expression '{name}', which is not looked up.",
                target=scope.target,
                hint="Read it in $metadata.",
            )
        case _:
            raise TypeMismatch(
                f"{scope.option} is a {type(value).__name__.lower()}, which no expression takes.",
                target=scope.target,
                hint="Write a member of it behind the term, or read it in $metadata.",
            )


def _called(value: Apply, scope: Scope) -> syntax.Expression:
    """A function of clients that is one of URLs too."""
    name = value.function.removeprefix(_CLIENT_SIDE)
    arguments = [expression_of(part, scope) for part in value.arguments]
    if name.lower() not in SIGNATURES or not value.function.startswith(_CLIENT_SIDE):
        raise NotSupported(
            f"{scope.option} is worked out by '{value.function}', which clients have and this service not.",
            target=scope.target,
            hint="Read it in $metadata.",
        )
    if name == "concat" and arguments:
        return reduce(lambda left, right: syntax.FunctionCall(name, (left, right)), arguments)
    return syntax.FunctionCall(name, tuple(arguments))
