"""What a database family says of itself, as tables: how values are kept, what each operation is in its SQL.

`Codec` is how values of one kind stand in a column of one form, or in an expression; `Family` has all of them and the
few statements that differ. Whatever builds SQL asks the family and knows none by name.
"""

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from msgspec import Struct, field
from peewee import SQL, Alias, BaseQuery, Cast, Database, Node, Ordering, Select, Source, Table, Value

from odata_service.database import Form, Stored
from odata_service.edm.patterns import Pattern, parse_pattern
from odata_service.edm.types import NULL, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.sql.slots import Filled, Slot, held

Encode = Callable[[Any], Stored | Decimal]
Decode = Callable[[Any], PrimitiveValue]
Fits = Callable[[Sequence[object]], bool]
"""Whether all of some values that were read, nulls among them, are of a type."""
Wrap = Callable[[Node], Node]
Build = Callable[[Sequence[Node], Sequence[Kind]], Node]
"""From the arguments and their kinds to SQL."""


class Codec(Struct, frozen=True):
    """How values are kept, in a column or in an expression.

    `sql_type` is the column's type where we make it, `key_type` that in a primary key; `parameter` is what a
    placeholder is cast to. `encode` takes a value that is not null in, `decode` takes what the cursor gives out;
    without them it goes as it is. `plain` turns SQL in this form into the form that values have in expressions, `kept`
    is its inverse; `ordered` turns it into what an order compares. `compares` tells that encoded values are equal, and
    in order, just as the values are.
    """

    sql_type: str = ""
    key_type: str = ""
    parameter: str = ""
    encode: Encode | None = None
    decode: Decode | None = None
    plain: Wrap | None = None
    kept: Wrap | None = None
    ordered: Wrap | None = None
    compares: bool = True

    def hold(self, content: Slot | Filled | Stored) -> Node:
        """A placeholder of this form."""
        return Cast(held(content), self.parameter) if self.parameter else held(content)

    def slot(self, index: int, type_ref: TypeRef) -> Node:
        """A placeholder for the request's value number `index`."""
        return self.hold(Slot(index, type_ref, self.encode))

    def constant(self, value: PrimitiveValue | None) -> Node:
        """A constant; of null the type matters to some databases."""
        if value is None:
            return Cast(SQL("NULL"), self.parameter) if self.parameter else SQL("NULL")
        return self.hold(self.encode(value) if self.encode is not None else value)  # type: ignore[arg-type]  # see encode

    def in_order(self, node: Node) -> Node:
        """What an order compares."""
        return node if self.ordered is None else self.ordered(node)


class Parents(Struct, frozen=True):
    """The keys of a page's parents as a source of rows, for an expanded collection.

    `number` is which parent a row stands for, from 0; `key` the parts of its key in the form of the columns they are
    compared with; `encoders` what the store sends of each part.
    """

    source: Node
    number: Node
    key: tuple[Node, ...]
    encoders: tuple[Encode | None, ...]


class ParentsOf(Protocol):
    """Makes the source of parents with keys of some codecs; `name` is what the store fills in."""

    def __call__(self, codecs: Sequence[Codec], name: str = "parents") -> Parents:
        """The keys of parents as a source of rows."""


class Upsert(Struct, frozen=True):
    """An insert that changes the columns `changed` where a row with the key is there already.

    `version` is the column that moves on with each change, or None. Where rows have `other_keys` too, one that has the
    row's is none to be changed, and the statement fails.
    """

    target: Table
    row: Mapping[Node, Node]
    key: tuple[str, ...]
    changed: tuple[str, ...]
    version: str | None
    other_keys: bool = False


def literal(value: object) -> str:
    """A value that is kept as it stands in SQL text.

    >>> literal("it's"), literal(3), literal(True), literal(b"\\n"), literal(float("-inf"))
    ("'it''s'", '3', '1', "X'0a'", '-9e999')
    """
    match value:
        case bytes():
            return f"X'{value.hex()}'"
        case float() if math.isinf(value):
            return "9e999" if value > 0 else "-9e999"
        case int() | float():
            return repr(value + 0)
        case _:
            return "'" + str(value).replace("'", "''") + "'"


def pattern_of(node: Node) -> Pattern:
    """The regular expression that a constant holds; the resolver takes no other."""
    found = node.node if isinstance(node, Cast) else node
    assert isinstance(found, Value) and isinstance(found.value, str), "patterns are constant texts"
    return parse_pattern(found.value)


class Dialect(Struct, frozen=True):
    """How a family's statements are printed. `printer` is never opened; `table_options` end a CREATE TABLE.

    `index_length` is how many characters of texts an index takes, or None where it takes all; `name_length` how many
    bytes a name may have; `text_room` how many characters a declared type has room for, None where for any number.
    `states_nulls` tells that null is not below every value by itself. `same` compares with null
    as a value. `type_name` turns a declared type into what matters of it; `literal` writes a value that is kept as SQL
    text; `insert_missing` is an insert that leaves alone what is there; `folds_case` tells that names which differ in
    case alone are the same, `indexes_in_tables` that a table is made together with its indexes, where that costs less;
    `new_guid` is an expression that a column's default may be; `long_text` is the type of a text that may grow;
    `most_subqueries` is how many may stand inside of each other, `most_columns` how many a table may have. `looks_up`
    tells that rows which a subquery gives the keys of are looked up one by one: where it is wrong about how many these
    are it would read the whole table. `limits_each` tells that a subquery which depends on other rows may have a limit,
    and is run for each of these.
    """

    printer: Database
    placeholder: str
    quote: str
    same: str
    false: str
    insert_missing: str
    type_name: Callable[[str], str]
    states_nulls: bool = False
    table_options: str = ""
    index_length: int | None = None
    name_length: int | None = None
    literal: Callable[[object], str] = literal
    new_guid: str = ""
    long_text: str = "TEXT"
    most_subqueries: int = 1_000
    most_columns: int = 2_000
    text_room: Callable[[str], int | None] = lambda declared: None
    folds_case: bool = True
    indexes_in_tables: bool = False
    looks_up: bool = True
    limits_each: bool = False

    def folded(self, name: str) -> str:
        """A name as the database compares it with others."""
        return name.lower() if self.folds_case else name

    def fitted(self, name: str) -> str:
        """A name as long as this family takes one: what is longer ends with a hash of the whole."""
        limit = self.name_length
        if limit is None or len(name.encode()) <= limit:
            return name
        return f"{name.encode()[: limit - 9].decode(errors='ignore')}-{zlib.crc32(name.encode()):08x}"

    def quoted(self, name: str) -> str:
        """A name as an identifier."""
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote


class Aggregates(Struct, frozen=True):
    """What aggregation is in a family's SQL: `decimal_sum` is the function that adds decimals up exactly.

    `whole` turns a sum of whole numbers into one of 64 bits, or fails; `least` and `greatest` are by kind, where they
    are not `min` and `max` of the value in the form that is in order.
    """

    decimal_sum: str = "sum"
    whole: Wrap | None = None
    least: Mapping[Kind, Wrap] = field(default_factory=dict)
    greatest: Mapping[Kind, Wrap] = field(default_factory=dict)


class Operations(Struct, frozen=True):
    """What each operation is in SQL: tables of the canonical functions, of operators and of conversions.

    `arithmetic` is by operator and kinds of both operands. `convert` is what promotion puts in, `cast` what a client
    writes, from one type to another. `is_number` tells a float from NaN where there is NaN. A family that `backtracks`
    is given patterns alone that have one way to be repeated.
    """

    functions: Mapping[str, Build]
    arithmetic: Mapping[tuple[str, Kind, Kind], Build]
    negatives: Mapping[Kind, Build]
    convert: Callable[[Node, TypeRef, TypeRef], Node]
    cast: Callable[[Node, TypeRef, TypeRef], Node]
    is_number: Wrap | None = None
    aggregates: Aggregates = Aggregates()
    backtracks: bool = False


class ElementRows(Struct, frozen=True):
    """The members of a JSON array as rows: a FROM clause, the place of each member from 0, and its JSON.

    `json` is the text of that, where `value` may have been read already.
    """

    source: Node
    number: Node
    value: Node
    json: Node


class Gathering(Struct, frozen=True):
    """Which members of an array are put into another one: those of a condition, in an order that is total, cut."""

    rows: ElementRows
    where: Node | None
    order: Sequence[Ordering]
    limit: Node | None
    offset: Node | None

    def select(self, unlimited: Node) -> Select:
        """A SELECT of the JSON of each, called `j`; `unlimited` stands for no limit where there is an offset alone."""
        query = Select([self.rows.source], [Alias(self.rows.json, "j")]).order_by(*self.order)
        if self.where is not None:
            query = query.where(self.where)
        if self.offset is None:
            return query if self.limit is None else query.limit(self.limit)
        return query.limit(unlimited if self.limit is None else self.limit).offset(self.offset)


class Documents(Struct, frozen=True):
    """How JSON is looked into.

    `value` is what names lead to in a document: a value as expressions have it, or JSON where the type is no primitive
    one; null where there is nothing. `whole` is a document that is such a value itself. `elements` has the members of
    an array as rows under a name. `array` is one of values of a type, `joined` one of the members of two, `part` one of
    those from a place on, at most so many. `text` tells values of a type apart by letters and digits; `texts` joins
    texts in an order, as an aggregate. `type` is what a value's JSON is, `types` how that is called for booleans,
    strings and numbers. `gathered` is an array of members of another one. `quoted` is a text as JSON has it.
    """

    value: Callable[[Node, Sequence[str], TypeRef], Node]
    elements: Callable[[Node, str], ElementRows]
    array: Callable[[Sequence[Node], TypeRef], Node]
    joined: Callable[[Node, Node], Node]
    part: Callable[[Sequence[Node]], Node]
    text: Callable[[Node, TypeRef], Node]
    texts: Callable[[Node, Node], Node]
    type: Callable[[Node, Sequence[str]], Node]
    types: Mapping[str, tuple[str, ...]]
    gathered: Callable[[Gathering], Node]
    quoted: Callable[[Node], Node]
    whole: Callable[[Node, TypeRef], Node]


class Answers(Struct, frozen=True):
    """How a statement finds what code makes of values where the database cannot call code: it comes along as JSON.

    `key` is a text that stands for values; `found` the JSON for one in what comes along, null where there is none;
    `written` is what comes along, from the JSON by those texts.
    """

    key: Callable[[Sequence[Node]], Node]
    found: Callable[[Node, Node], Node]
    written: Callable[[Mapping[str, str]], str]


class IndexedTexts(Struct, frozen=True):
    """What an index of texts is made over: a table, its key with the types of its columns, the columns of texts.

    All names are quoted; `name` is that of the index, and not.
    """

    name: str
    table: str
    key: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]


class Needle(Struct, frozen=True):
    """A text that others are to contain: `node` as a placeholder holds it, by way of what encodes it.

    `lowered` tells that its letters become small ones first; `exact` that letters are not alike in either case.
    """

    held: Callable[[Callable[[str], str]], Node]
    lowered: bool
    exact: bool


class TextIndex(Struct, frozen=True):
    """An index that finds the texts which contain one, or at least all of these and a few others.

    `make` gives the statements that make and fill one; `drop` those that end whatever there is of one of a name.
    `found` is the condition that a row may have a text in some of the columns (by their places among all indexed) that
    contains a needle. `serves` tells whether a text, exact or not, can be a needle.
    """

    make: Callable[[IndexedTexts], Sequence[str]]
    drop: Callable[[str], Sequence[str]]
    found: Callable[[IndexedTexts, Source, Sequence[int], Needle], Node]
    serves: Callable[[str, bool], bool]


class LoggedTable(Struct, frozen=True):
    """A table whose changes go into a log of this name: its own name and columns, quoted, with the columns' types.

    The columns are those of the key, then all others by which rows are reached from others, or reach them. Of a table
    that belongs to others no types are known: those of a log are as they are there.
    """

    name: str
    table: str
    columns: tuple[tuple[str, str], ...]
    existing: bool = False

    def of(self, row: str) -> str:
        """What is written down of a row, in a trigger."""
        return ", ".join(f"{row}.{column}" for column, _ in self.columns)


class CountedLog(Struct, frozen=True):
    """The statements that tell states of the log of this name apart by its rows (`storage.counted_logs`).

    `state` takes a position, and gives the first, the last, and how many rows there are behind it. `alone` fails at
    once where somebody writes, and lets nobody begin until the transaction ends; `ends` gives the first and the last
    position, and `until` how many rows there are up to one.
    """

    name: str
    state: str
    alone: str
    ends: str
    until: str


class ChangeLog(Struct, frozen=True):
    """A log of the rows that change, kept by triggers: their keys, each with its `odata-position` and `odata-at`.

    Beside its key it has what relates a row to others, before the change too where that is another. `odata-at` is in
    seconds since 1970. The first row has no key: what lies behind it is all there. `make`
    gives the statements that make a log; `drop` those that end whatever there is of one of a name. `position` gives
    the statements that, in one transaction, end with a place: what is not to be seen yet then lies behind it. Of that
    the condition `behind` is true, with `{}` for each time that it takes the place's text. `identity` gives the
    statement of a number: a place is none in a log of another. `version` is the statement of a value that is another
    one whenever something has changed that is to be seen, where the family has one that costs next to nothing; where it
    has none, `counted` tells it by rows.
    `tables` is the statement of the names of all tables that can have a log.
    """

    make: Callable[[LoggedTable], Sequence[str]]
    drop: Callable[[str], Sequence[str]]
    position: Callable[[str], Sequence[str]]
    behind: str
    identity: Callable[[str], str]
    tables: str
    version: Callable[[str], str] | None = None
    counted: Callable[[str], CountedLog] | None = None


class Family(Struct, frozen=True):
    """A family of databases: how values stand in expressions (`values`), how columns keep them (`columns`).

    `parents` is given the codecs of the columns that keys are compared with; `versions` are the acceptable ones of a
    guarded write; `hashed` makes a version of a whole row. Not every family has a `text_index`.
    `fits` is the test of what was read of a type, where a column may hold what is none of its own. `answers` are None
    where the database calls code itself. `beside` stands around a comparison by which a join finds one row beside each.
    """

    name: str
    dialect: Dialect
    values: Mapping[Kind, Codec]
    columns: Mapping[tuple[Form, Kind], Codec]
    operations: Operations
    documents: Documents
    parents: ParentsOf
    versions: Callable[[], Node]
    hashed: Callable[[Sequence[Node]], Node]
    upsert: Callable[[Upsert], BaseQuery]
    change_log: ChangeLog
    text_index: TextIndex | None = None
    fits: Callable[[TypeRef], Fits] | None = None
    answers: Answers | None = None
    beside: Callable[[Node], Node] = lambda comparison: comparison

    def codec(self, form: Form, type_ref: TypeRef) -> Codec:
        """How a column keeps values of a type: a form that the family does not have counts as canonical.

        Collections, and complex values that are kept whole, are JSON as untyped values are.
        """
        kind = kind_of(type_ref) or Kind.UNTYPED
        return self.columns.get((form, kind)) or self.columns[Form.CANONICAL, kind]

    def column_codec(self, type_ref: TypeRef) -> Codec | None:
        """How a column that we make keeps values of a type; None where such values have no column."""
        return self.columns.get((Form.CANONICAL, kind_of(type_ref) or Kind.UNTYPED))

    def value_codec(self, type_ref: TypeRef) -> Codec:
        """How values of a type stand in an expression."""
        return self.values[kind_of(type_ref) or (Kind.STRING if type_ref == NULL else Kind.UNTYPED)]
