"""Foreign keys that cannot be followed."""

from odata_service.database.catalogue import Catalogue, Column, Reference, Table
from odata_service.definition.broken_references import BrokenReference, broken_references

_PAIR = Table("pairs", (Column("a", "int"), Column("b", "int"), Column("c", "int")), ("a", "b"), (("c",),))
_CONSEQUENCE = "; SQLite refuses changes of such rows, so they are read-only"


def _broken(reference: Reference, family: str = "sqlite") -> list[BrokenReference]:
    child = Table("children", (Column("x", "int"), Column("y", "int")), references=(reference,))
    return list(broken_references(Catalogue("shop", family, (child, _PAIR))))


def test_keys_and_unique_columns_can_be_referred_to() -> None:
    assert _broken(Reference(("x", "y"), "pairs", ("b", "a"))) == []
    assert _broken(Reference(("x",), "pairs", ("c",))) == []


def test_a_table_that_is_not_there_leaves_a_broken_reference() -> None:
    reference = Reference(("x",), "ghosts", ())
    reason = "the foreign key (x) leads to 'ghosts', which is not there"
    assert _broken(reference) == [BrokenReference("children", reference, reason + _CONSEQUENCE, refuses=True)]
    assert _broken(reference, "postgresql") == [BrokenReference("children", reference, reason, refuses=False)]


def test_columns_that_are_no_key_cannot_be_referred_to_in_sqlite() -> None:
    reference = Reference(("x",), "pairs", ("a",))
    reason = f"the foreign key (x) leads to 'pairs' (a), which is no key that fits{_CONSEQUENCE}"
    assert _broken(reference) == [BrokenReference("children", reference, reason, refuses=True)]


def test_one_column_cannot_refer_to_two() -> None:
    reference = Reference(("x",), "pairs", ("a", "b"))
    reason = f"the foreign key (x) leads to 'pairs' (a, b), which is no key that fits{_CONSEQUENCE}"
    assert _broken(reference) == [BrokenReference("children", reference, reason, refuses=True)]
