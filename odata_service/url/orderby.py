"""From the text of `$orderby` to its items (ABNF `orderby`)."""

from odata_service.errors import Span
from odata_service.url.expression import read_expression
from odata_service.url.lexer import Reader
from odata_service.url.syntax import OrderItem


def read_orderby(reader: Reader) -> tuple[OrderItem, ...]:
    """The items of `$orderby`, each with its direction."""
    items = [_order_item(reader)]
    while reader.accept(","):
        items.append(_order_item(reader))
    return tuple(items)


def _order_item(reader: Reader) -> OrderItem:
    start = reader.start
    reader.spend()
    expression = read_expression(reader)
    end, descending = expression.span.end, False
    if reader.kind == "word" and reader.value.lower() in ("asc", "desc"):
        end, descending = reader.end, reader.value.lower() == "desc"
        reader.advance()
    return OrderItem(expression, descending, Span(start, end))
