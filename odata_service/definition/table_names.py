"""Names of tables and columns become identifiers of the model, and foreign keys become names for people.

A character that no identifier has becomes `_`, a digit in front gets one before it, what is longer than 128 characters
is cut; a name that is taken, letter case aside, gets a number: `Order Details` is `Order_Details`, `2nd` is `_2nd`. All
else stays as it is, letter case too.
"""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from odata_service.definition.naming import plural

_LONGEST = 128
_RESERVED_NAMESPACES = frozenset({"edm", "odata", "system", "transient"})
_ENDINGS = (
    (r"(.*[Pp])eople", r"\1erson"),
    (r"(.*[Cc])hildren", r"\1hild"),
    (r"(.*(?:ss|us|is|news|series|species|data|media))", r"\1"),
    (r"(.*[^aeiou])ies", r"\1y"),
    (r"(.*(?:ss|us|x|z|ch|sh))es", r"\1"),
    (r"(.*)s", r"\1"),
    (r"(.*)", r"\1"),
)
_KEY_ENDING = re.compile(
    r"(.+?)(?:_(?:id|fk|key|uuid|guid|code|no)|(?<=[a-z0-9])(?:Id|ID|Fk|FK|Key|Uuid|UUID|Guid|Code|No))"
)


def identifier(name: str) -> str:
    """The identifier nearest to a name (CSDL 15.2).

    >>> [identifier(name) for name in ("Order Details", "2nd", "Größe", "", "a-b.c")]
    ['Order_Details', '_2nd', 'Größe', '_', 'a_b_c']
    """
    text = re.sub(r"\W", "_", name)
    return (f"_{text}" if not text or text[0].isdigit() else text)[:_LONGEST]


def namespace_of(name: str) -> str:
    """The namespace of a database: its name as an identifier, none of those that the standard keeps (CSDL 5)."""
    text = identifier(name)
    return f"{text}_" if text.lower() in _RESERVED_NAMESPACES else text


def singular(name: str) -> str:
    """The English singular of a table's name, in its letter case; what is none stays.

    >>> [singular(name) for name in ("Customers", "categories", "Address", "Addresses", "InvoiceLine", "people")]
    ['Customer', 'category', 'Address', 'Address', 'InvoiceLine', 'person']
    """
    return next(match.expand(form) for pattern, form in _ENDINGS if (match := re.fullmatch(pattern, name, re.DOTALL)))


def plural_of(name: str) -> str:
    """The plural of a table's name, which may be one already.

    >>> [plural_of(name) for name in ("people", "Customers", "InvoiceLine", "news")]
    ['people', 'Customers', 'InvoiceLines', 'news']
    """
    return plural(name) if singular(name) == name else name


class Names(Struct):
    """The names of one scope; a name that is taken gets a number."""

    taken: set[str] = field(default_factory=set)

    def take(self, name: str) -> str:
        """The identifier for a name, which is then taken."""
        wanted = identifier(name)
        number, chosen = 1, wanted
        while chosen.lower() in self.taken:
            number += 1
            ending = f"_{number}"
            chosen = wanted[: _LONGEST - len(ending)] + ending
        self.taken.add(chosen.lower())
        return chosen

    def first_free(self, candidates: Iterable[str]) -> str:
        """The first candidate that is not taken yet, else the last one with a number."""
        listed = list(candidates)
        free = (name for name in listed if identifier(name).lower() not in self.taken)
        return self.take(next(free, listed[-1]))


def role(columns: Sequence[str]) -> str | None:
    """What a foreign key's column calls its target: `customer` for `customer_id`; None where it says nothing.

    >>> role(["customer_id"]), role(["SupportRepId"]), role(["ReportsTo"]), role(["a", "b"])
    ('customer', 'SupportRep', None, None)
    """
    match = _KEY_ENDING.fullmatch(columns[0]) if len(columns) == 1 else None
    return match[1] if match else None


def joined(*parts: str) -> str:
    """Words as one name: with `_` where they are in lower case, else each with a capital.

    >>> joined("orders", "by", "billing_address"), joined("Employees", "by", "ReportsTo")
    ('orders_by_billing_address', 'EmployeesByReportsTo')
    """
    if any(part[:1].isupper() for part in parts):
        return "".join(part[:1].upper() + part[1:] for part in parts)
    return "_".join(parts)


def to_one_names(columns: Sequence[str], target: str) -> list[str]:
    """Names for the navigation from a foreign key's columns to its table, best first."""
    called = role(columns)
    if called is not None:
        return [called, joined(called, singular(target))]
    if len(columns) > 1 or columns[0].lower() == singular(target).lower():
        return [singular(target), joined(singular(target), "by", *columns)]
    return [joined(columns[0], singular(target))]


def to_many_names(table: str, columns: Sequence[str], *, single: bool, ambiguous: bool, own: bool) -> list[str]:
    """Names for the way back, best first: the table's plural, and by which columns where it comes back on several ways.

    `own`: the table refers to itself; `single`: at most one row comes back.
    """
    listed = singular(table) if single else plural_of(table)
    by = joined(listed, "by", role(columns) or joined(*columns))
    if own and (role(columns) or columns[0]).lower() == "parent":
        children = "child" if single else "children"
        return [children if columns[0][:1].islower() else children.capitalize(), by]
    return [by] if ambiguous or own else [listed, by]
