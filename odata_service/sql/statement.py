"""A statement made ready: SQL text, and a template from which each run's parameters are filled.

peewee lists a statement's parameters in order, its own constants among them. The values that a request brings are
sentinels there, found once when the statement is built.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from msgspec import Struct
from peewee import BaseQuery

from odata_service.database import Stored
from odata_service.edm.computations import Code
from odata_service.edm.values import PrimitiveValue
from odata_service.sql.families import Decode, Encode, Family
from odata_service.sql.slots import Filled, Slot
from odata_service.sql.subqueries import Naming

_PLACE = "\0"
"""What peewee prints for a placeholder: no name holds it, so that a percent sign in a name can be told from one."""

Values = Sequence["PrimitiveValue | None"]


class Ask(Struct, frozen=True):
    """What a statement asks code for: `decoders` read the values, `encode` writes what code makes of one of them.

    A database that cannot call the code is given the answers under a `name`, for the values that a `question` finds:
    each row of it has the text that stands for the values, and these. `written` makes one text of the answers' JSON by
    those texts.
    """

    code: Code
    decoders: tuple[Decode | None, ...]
    name: str = ""
    question: "Statement | None" = None
    written: Callable[[Mapping[str, str]], str] | None = None
    encode: Encode | None = None


class Statement(Struct, frozen=True):
    """SQL text and its parameters: constants, slots and what the store fills in, which is `filled`; and asked code."""

    text: str
    template: tuple[Stored | Slot | Filled, ...]
    fill: Callable[[Values, dict[str, Stored]], list[Stored]]
    filled: frozenset[str] = frozenset()
    asks: tuple[Ask, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """What each placeholder holds, for people."""
        return tuple(str(part) if isinstance(part, Slot | Filled) else repr(part) for part in self.template)


def statement_of(query: BaseQuery, family: Family) -> Statement:
    """A peewee query as a statement for a family."""
    dialect = family.dialect

    def written(part: BaseQuery, naming: Naming) -> tuple[str, list[Any]]:
        context = dialect.printer.get_sql_context(param=_PLACE, naming=naming)
        text, parameters = context.parse(part)  # type: ignore[no-untyped-call]  # no stub
        return text, list(parameters)

    naming = Naming(written, dialect.most_subqueries)
    text, parameters = written(query, naming)
    if naming.named:
        before = ", ".join(f"{dialect.quoted(name)} AS ({part})" for name, (part, _) in naming.named.items())
        text = f"WITH {before} {text}"
        parameters = [*chain(*(known for _, known in naming.named.values())), *parameters]
    template = tuple(parameters)
    if dialect.placeholder.startswith("%"):
        text = text.replace("%", "%%")
    names = frozenset(part.name for part in template if isinstance(part, Filled))
    return Statement(text.replace(_PLACE, dialect.placeholder), template, _filler(template), names)


def _filler(
    template: tuple[Stored | Slot | Filled, ...],
) -> Callable[[Values, dict[str, Stored]], list[Stored]]:
    """The function that fills a template."""
    slots = [(place, part.index, part.encode) for place, part in enumerate(template) if isinstance(part, Slot)]
    others = [(place, part.name) for place, part in enumerate(template) if isinstance(part, Filled)]
    constants: list[Stored] = [None if isinstance(part, Slot | Filled) else part for part in template]

    def fill(values: Values, extra: dict[str, Stored]) -> list[Stored]:
        result = constants.copy()
        for place, index, encode in slots:
            value = values[index]
            result[place] = value if encode is None or value is None else encode(value)  # type: ignore[assignment]  # the driver takes what has no codec
        for place, name in others:
            result[place] = extra[name]
        return result

    return fill
