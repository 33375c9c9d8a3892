import pytest

from odata_service.edm.annotations import COMPUTED, Annotation
from odata_service.edm.model import EnumType, Member, Property
from odata_service.edm.types import TypeRef
from odata_service.plan.values import initial_value
from tests.models import partners_schema

SCHEMA = partners_schema()
LEVEL = EnumType("n.Level", (Member("Low", 3), Member("High", 4)))


@pytest.mark.parametrize(
    ("type_ref", "value"),
    [
        (TypeRef("Edm.Int64", nullable=False), 0),
        (TypeRef("Edm.String", nullable=False), ""),
        (TypeRef("Edm.DateTimeOffset", nullable=False), "0001-01-01T00:00:00"),
        (TypeRef("n.Level", nullable=False, definition=LEVEL), 3),
        (TypeRef("Edm.Int64"), None),
    ],
    ids=lambda case: str(case),
)
def test_a_computed_property_that_nothing_computes_is_null_or_the_least_value(type_ref: TypeRef, value: object) -> None:
    part = Property("p", type_ref, annotations=(Annotation(COMPUTED),))
    assert initial_value(part, {"p": 7}, "p", SCHEMA) == value
