"""Entry points for the decoded text of single options."""

from collections.abc import Callable
from typing import TypeVar

from odata_service.settings import Limits
from odata_service.url.expression import read_expression
from odata_service.url.lexer import Budget, Reader
from odata_service.url.orderby import read_orderby
from odata_service.url.select_expand import read_expand, read_select
from odata_service.url.syntax import ExpandItem, Expression, OrderItem, SelectItem

_Tree = TypeVar("_Tree")
_DEFAULT = Limits()


def _whole(read: Callable[[Reader], _Tree], text: str, option: str, limits: Limits) -> _Tree:
    reader = Reader(text, option, Budget(limits))
    tree = read(reader)
    reader.finish()
    return tree


def parse_expression(text: str, limits: Limits = _DEFAULT) -> Expression:
    """The tree of a common expression."""
    return _whole(read_expression, text, "filter", limits)


def parse_filter(text: str, limits: Limits = _DEFAULT) -> Expression:
    """The tree of `$filter`."""
    return _whole(read_expression, text, "filter", limits)


def parse_orderby(text: str, limits: Limits = _DEFAULT) -> tuple[OrderItem, ...]:
    """The items of `$orderby`."""
    return _whole(read_orderby, text, "orderby", limits)


def parse_select(text: str, limits: Limits = _DEFAULT) -> tuple[SelectItem, ...]:
    """The items of `$select`."""
    return _whole(read_select, text, "select", limits)


def parse_expand(text: str, limits: Limits = _DEFAULT) -> tuple[ExpandItem, ...]:
    """The items of `$expand`."""
    return _whole(read_expand, text, "expand", limits)
