"""Casts that no database has SQL for: our own code prints and reads the text (URL Conventions 5.1.1.10.1).

A shape is well-known text, a value of flags the names of its members, `'Read,Write'`.
"""

from collections.abc import Sequence
from functools import partial

from odata_service.edm.computations import Code, Coded
from odata_service.edm.types import STRING, TypeRef
from odata_service.edm.values import PrimitiveValue, parse, print_value
from odata_service.semantics.tree import CodeCall, Expression


def cast_by_code(operand: Expression, wanted: TypeRef) -> CodeCall:
    """A value as a text, or a text as a value; null where it stands for none."""
    work = partial(_printed, operand.type) if wanted.name == STRING.name else partial(_read, wanted)
    code = Code(f"cast({operand.type},{wanted})", (operand.type,), wanted, Coded(work, ("value",)), needs=True)
    return CodeCall(code, (operand,), wanted)


def _printed(type_ref: TypeRef, values: Sequence[object]) -> str:
    (value,) = values
    assert isinstance(value, PrimitiveValue), "what is cast is a single value"
    return print_value(value, type_ref)


def _read(type_ref: TypeRef, values: Sequence[object]) -> PrimitiveValue | None:
    (text,) = values
    try:
        return parse(str(text), type_ref)
    except ValueError:
        return None
