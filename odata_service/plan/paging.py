"""Skip tokens: where the next page begins, in a form that only this service writes and reads (Protocol 11.2.6.7).

A token holds how many entities the pages before have shown, the count that the first page reported, and the values of
the plan's order in the last row. It is signed together with the URL it belongs to, so that neither a guess nor a token
of another query gets through. Nothing in it depends on a process: any worker, before or after a restart, reads it.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from odata_service.edm.types import DOUBLE, INT64, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, parse, print_value
from odata_service.errors import BadRequest
from odata_service.plan.model import ReadPlan, Seek
from odata_service.semantics.tree import Constant, Expression, Parameter, PropertyAccess

_SIGNATURE_BYTES = 12


class SkipToken(Struct, frozen=True):
    """`served` entities stand before it; `values` are those of the last row in the plan's order, None for null."""

    served: int
    count: int | None
    values: tuple[str | None, ...]

    @property
    def nulls(self) -> tuple[bool, ...]:
        """Which of the values are null: this belongs to the shape of the next page's statement."""
        return tuple(value is None for value in self.values)


def token_after(row: Sequence[object], plan: ReadPlan, served: int, count: int | None) -> SkipToken:
    """The token that continues a plan's result behind this row."""
    typed = ((row[place], item.expression.type) for place, item in zip(plan.order_columns, plan.order, strict=True))
    return SkipToken(served, count, tuple(_text_of(value, type_ref) for value, type_ref in typed))


def write_token(token: SkipToken, context: str, secret: bytes) -> str:
    """The token as text, valid for this context: the URL it continues, without any token."""
    return write_signed([token.served, token.count, token.values], context, secret)


def read_token(text: str, context: str, secret: bytes) -> SkipToken:
    """The token behind a text; `BadRequest` for a text that was not written for this context."""
    members = read_signed(text, context, secret)
    if members is None:
        raise BadRequest(
            "This $skiptoken does not belong to this request.",
            target="$skiptoken",
            hint="Follow the @odata.nextLink of the page before as it is, or leave $skiptoken out to begin again.",
        )
    served, count, values = members
    return SkipToken(served, count, tuple(values))


def write_signed(members: Sequence[object], context: str, secret: bytes) -> str:
    """JSON values as the text of a token that is valid for this context."""
    body = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
    return urlsafe_b64encode(_signature(body, context, secret) + body).rstrip(b"=").decode("ascii")


def read_signed(text: str, context: str, secret: bytes) -> list[Any] | None:
    """The JSON values of a token; None for a text that was not written for this context."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (Base64Error, UnicodeEncodeError, ValueError):
        raw = b""
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(body, context, secret)):
        return None
    members: list[Any] = json.loads(body)
    return members


def seek_of(token: SkipToken, plan: ReadPlan, first_slot: int) -> Seek:
    """The seek of the next page's plan: nulls as constants, all else as parameters from `first_slot` on."""
    return Seek(
        tuple(
            _seek_value(value is None, item.expression.type, first_slot + place)
            for place, (value, item) in enumerate(zip(token.values, plan.order, strict=True))
        )
    )


def seek_slots(plan: ReadPlan, first_slot: int) -> Seek:
    """The seek behind an entity in the order of its key, which is never null: parameters from `first_slot` on."""
    return Seek(tuple(Parameter(first_slot + place, item.expression.type) for place, item in enumerate(plan.order)))


def seek_values(token: SkipToken, plan: ReadPlan) -> list[PrimitiveValue | None]:
    """The values for the seek's slots, in order."""
    placed = zip(token.values, plan.order, strict=True)
    return [None if text is None else parse(text, _precise(item.expression)) for text, item in placed]


def _precise(expression: Expression) -> TypeRef:
    """The type in which databases have a value: what is worked out may be beyond that of its operands."""
    if kind_of(expression.type) is Kind.INTEGER:
        return INT64
    is_single = expression.type.name == "Edm.Single" and not isinstance(expression, PropertyAccess)
    return DOUBLE if is_single else expression.type


def remaining_limit(slot: int) -> Parameter:
    """The limit of a page that continues a `$top`: what is left of it is bound when the page is read."""
    return Parameter(slot, INT64)


def _seek_value(is_null: bool, type_ref: TypeRef, slot: int) -> Expression:
    return Constant(None, type_ref) if is_null else Parameter(slot, type_ref)


def _text_of(value: object, type_ref: TypeRef) -> str | None:
    if value is None:
        return None
    assert isinstance(value, PrimitiveValue), "rows hold primitive values"
    return print_value(value, type_ref)


def _signature(body: bytes, context: str, secret: bytes) -> bytes:
    return hmac.new(secret, context.encode() + b"\0" + body, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
