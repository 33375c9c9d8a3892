from collections.abc import Sequence

from peewee import SQL, Node

from odata_service.edm.types import DOUBLE, STRING, Kind, TypeRef
from odata_service.sql.families.casts import Casts, always

VALUE = SQL("v")
TEXT = SQL("text of v")


def _number(node: Node, source: Kind, target: TypeRef) -> Node:
    return SQL(f"{source.value} to {target.name}")


def _single(arguments: Sequence[Node], _: Sequence[Kind]) -> Node:
    (found,) = arguments
    assert isinstance(found, SQL)
    return SQL(f"narrow {found.sql}")


CASTS = Casts(_number, _single, {}, {Kind.DATE: always(lambda node: TEXT)})


def test_a_number_is_cast_to_another_type_of_numbers_by_itself() -> None:
    found = CASTS.cast(VALUE, DOUBLE, TypeRef("Edm.Int32"))
    assert isinstance(found, SQL) and found.sql == f"{Kind.FLOAT.value} to Edm.Int32"


def test_a_number_that_is_cast_to_a_single_gets_the_digits_of_one() -> None:
    found = CASTS.cast(VALUE, DOUBLE, TypeRef("Edm.Single"))
    assert isinstance(found, SQL) and found.sql == f"narrow {Kind.FLOAT.value} to Edm.Single"


def test_a_cast_within_a_kind_leaves_the_value_as_it_is() -> None:
    assert CASTS.cast(VALUE, STRING, STRING) is VALUE


def test_a_text_is_made_by_the_kind_of_the_value() -> None:
    assert CASTS.cast(VALUE, TypeRef("Edm.Date"), STRING) is TEXT
