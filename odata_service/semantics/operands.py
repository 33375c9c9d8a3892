"""What operators and functions share: converting operands, naming their types to people, reading type names."""

from odata_service.edm.model import Schema
from odata_service.edm.types import NULL, Kind, TypeRef, kind_of
from odata_service.errors import TypeMismatch
from odata_service.semantics.promotion import NUMERIC
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Constant, Convert, Expression
from odata_service.url import syntax
from odata_service.url.syntax import LiteralKind

_FORMS = {
    Kind.DATE: "Write the date as 2024-01-31.",
    Kind.INSTANT: "Write the instant without quotes, as 2024-01-31T12:00:00Z.",
    Kind.TIME_OF_DAY: "Write the time as 12:00:00.",
    Kind.GUID: "Write the GUID without quotes.",
    Kind.DURATION: "Write the duration as duration'P1DT2H'.",
    Kind.STRING: "Put text in single quotes.",
    Kind.BOOLEAN: "Write true or false, without quotes.",
}


def converted(node: Expression, type_ref: TypeRef) -> Expression:
    """The operand in the type of the comparison; widths of integers are all one to a comparison."""
    if type(node) is Constant and node.value is None:
        return Constant(None, type_ref)
    same = node.type.name == type_ref.name or kind_of(node.type) is kind_of(type_ref)
    return node if same else Convert(node, type_ref)


def hint_of(resolved: Expression) -> TypeRef | None:
    """The type that a literal on the other side takes where it can."""
    known = resolved.type.is_primitive and kind_of(resolved.type) is not Kind.UNTYPED
    return resolved.type if known else None


def is_null(node: Expression) -> bool:
    """Whether an expression is the literal null."""
    return isinstance(node, Constant) and node.value is None


def literal_form(type_ref: TypeRef) -> str | None:
    """How a literal of a type is written, as advice."""
    kind = kind_of(type_ref)
    return "Write the number without quotes." if kind in NUMERIC else _FORMS.get(kind) if kind else None


def article(type_ref: TypeRef) -> str:
    """A type with its article, in the middle of a sentence."""
    return "null" if type_ref == NULL else f"an {type_ref}" if str(type_ref).startswith("Edm.") else f"a {type_ref}"


def type_name(node: syntax.Expression, scope: Scope) -> str:
    """The qualified name of a type, as cast and isof take it."""
    match node:
        case syntax.Path(steps=(syntax.Name(name),), root=None):
            return known_type(name, scope.request.schema)
        case syntax.Literal(kind=LiteralKind.STRING, text=text):
            return known_type(text, scope.request.schema)
        case _:
            raise TypeMismatch(
                f"A type's qualified name is expected{scope.place(node.span)}.",
                target=scope.target,
                hint="Write it without quotes, as in Edm.String.",
            )


def known_type(name: str, schema: Schema) -> str:
    """The name of a type with its namespace; clients leave that out where one type alone has the name."""
    if "." in name:
        return schema.whole_name(name)
    found = [known for known in schema.types if known.rpartition(".")[2] == name]
    return found[0] if len(found) == 1 else name


def followed(node: syntax.Expression, scope: Scope) -> syntax.Expression | None:
    """What is written where an argument stands, or what its alias stands for; None for one that has no value."""
    return scope.aliased(node.name) if isinstance(node, syntax.Alias) else node


def written_text(node: syntax.Expression, scope: Scope, what: str, hint: str) -> str:
    """The text of an argument that is written out; `what` and `hint` say of others what it is, and what to write."""
    written = followed(node, scope)
    if isinstance(written, syntax.Literal) and written.kind is LiteralKind.STRING:
        return written.text
    raise TypeMismatch(f"{what} in quotes{scope.place(node.span)}.", target=scope.target, hint=hint)
