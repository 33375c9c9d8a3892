"""SAP's attributes in V2 documents: each becomes the annotation that says the same in version 4."""

import pytest

from odata_service.definition import load_schema
from odata_service.edm.annotations import (
    AGGREGATION,
    CAPABILITIES,
    CORE,
    MEASURES,
    OPTIMISTIC_CONCURRENCY,
    SAP_ANALYTICS,
    SAP_COMMON,
    SAP_COMMUNICATION,
    SAP_HIERARCHY,
    SAP_UI,
    Annotation,
    Path,
    Record,
)
from odata_service.edm.model import Schema
from odata_service.edm.operations import Action, Parameter, ReturnType
from odata_service.edm.types import Facets, TypeRef
from tests.asking import ask, service_of
from tests.models import MODELS


@pytest.fixture(scope="module")
def gateway() -> Schema:
    return load_schema(MODELS / "v2" / "gateway.xml")


@pytest.mark.parametrize(
    ("type_name", "name", "expected"),
    [
        (
            "SalesOrder",
            "SalesOrderID",
            (
                Annotation(f"{SAP_COMMON}.Label", "Order"),
                Annotation(f"{SAP_COMMON}.QuickInfo", "Number of the order"),
                Annotation(f"{SAP_COMMON}.IsDigitSequence"),
                Annotation(f"{CORE}.Computed"),
            ),
        ),
        (
            "SalesOrder",
            "Currency",
            (Annotation(f"{SAP_COMMON}.ValueListWithFixedValues"), Annotation(f"{SAP_COMMON}.IsCurrency")),
        ),
        (
            "SalesOrder",
            "GrossAmount",
            (Annotation(f"{SAP_ANALYTICS}.Measure"), Annotation(f"{MEASURES}.ISOCurrency", Path("Currency"))),
        ),
        ("SalesOrder", "Weight", (Annotation(f"{MEASURES}.Unit", Path("WeightUnit")),)),
        ("SalesOrder", "WeightUnit", (Annotation(f"{SAP_UI}.Hidden"), Annotation(f"{SAP_COMMON}.IsUnit"))),
        ("SalesOrder", "Status", (Annotation(f"{SAP_COMMON}.FieldControl", Path("StatusControl")),)),
        ("SalesOrder", "ChangedAt", (Annotation(f"{CORE}.Computed"),)),
        ("Item", "Email", (Annotation(f"{SAP_COMMUNICATION}.IsEmailAddress"),)),
    ],
)
def test_attributes_of_a_property_become_its_annotations(
    gateway: Schema, type_name: str, name: str, expected: tuple[Annotation, ...]
) -> None:
    assert gateway.properties(f"ZSALES_SRV.{type_name}")[name].annotations == expected


def test_an_instant_that_is_shown_as_a_date_is_a_date(gateway: Schema) -> None:
    assert gateway.properties("ZSALES_SRV.SalesOrder")["DeliveryDate"].type == TypeRef("Edm.Date")


def test_attributes_of_a_set_and_of_its_properties_become_its_restrictions(gateway: Schema) -> None:
    orders = gateway.entity_set("SalesOrderSet")
    assert orders is not None
    assert {annotation.term: annotation.value for annotation in orders.annotations} == {
        f"{CAPABILITIES}.SearchRestrictions": Record({"Searchable": True}),
        f"{CAPABILITIES}.FilterRestrictions": Record(
            {
                "RequiresFilter": True,
                "NonFilterableProperties": (Path("Note", "PropertyPath"),),
                "RequiredProperties": (Path("Status", "PropertyPath"),),
                "FilterExpressionRestrictions": (
                    Record({"Property": Path("DeliveryDate", "PropertyPath"), "AllowedExpressions": "SingleRange"}),
                    Record({"Property": Path("Status", "PropertyPath"), "AllowedExpressions": "SingleValue"}),
                ),
            }
        ),
        f"{CAPABILITIES}.SortRestrictions": Record({"NonSortableProperties": (Path("Note", "PropertyPath"),)}),
        f"{CAPABILITIES}.InsertRestrictions": Record(
            {"NonInsertableProperties": (Path("CustomerName", "PropertyPath"),)}
        ),
        f"{CAPABILITIES}.DeleteRestrictions": Record({"Deletable": Path("Deletable")}),
        f"{CAPABILITIES}.NavigationRestrictions": Record(
            {
                "RestrictedProperties": (
                    Record(
                        {
                            "NavigationProperty": Path("ToItems", "NavigationPropertyPath"),
                            "FilterRestrictions": Record({"Filterable": False}),
                        }
                    ),
                )
            }
        ),
        OPTIMISTIC_CONCURRENCY: (Path("ChangedAt", "PropertyPath"),),
    }


def test_what_a_set_does_not_take_is_refused_by_the_service(gateway: Schema) -> None:
    items = gateway.entity_set("ItemSet")
    assert items is not None
    allowed = items.capabilities
    assert (allowed.insertable, allowed.updatable, allowed.deletable, allowed.readable) == (False, False, False, True)
    with service_of(gateway) as service:
        assert ask(service, "GET", "").column("name") == ["SalesOrderSet", "AccountSet"]
        assert ask(service, "DELETE", "ItemSet(SalesOrderID='1',Position='1')").status == 405


def test_hierarchies_are_annotations_of_the_type(gateway: Schema) -> None:
    assert gateway.entity_type("ZSALES_SRV.Account").annotations == (
        Annotation(
            f"{AGGREGATION}.RecursiveHierarchy",
            Record(
                {
                    "NodeProperty": Path("NodeID", "PropertyPath"),
                    "ParentNavigationProperty": Path("Parent", "NavigationPropertyPath"),
                }
            ),
            "NodeID",
        ),
        Annotation(
            f"{SAP_HIERARCHY}.RecursiveHierarchy",
            Record({"DistanceFromRoot": Path("Level"), "DrillState": Path("DrillState")}),
            "NodeID",
        ),
    )


def test_an_action_for_a_type_is_bound_to_it_and_loses_the_key(gateway: Schema) -> None:
    reason = Parameter(
        "Reason", TypeRef("Edm.String", facets=Facets(max_length=40)), (Annotation(f"{SAP_COMMON}.Label", "Reason"),)
    )
    assert gateway.operations["ZSALES_SRV.Confirm"] == (
        Action(
            "ZSALES_SRV.Confirm",
            (Parameter("_it", TypeRef("ZSALES_SRV.SalesOrder", nullable=False)), reason),
            ReturnType(TypeRef("ZSALES_SRV.SalesOrder")),
            bound=True,
            annotations=(
                Annotation(f"{CORE}.OperationAvailable", Path("_it/Deletable")),
                Annotation(f"{SAP_COMMON}.Label", "Confirm"),
            ),
        ),
    )


def test_vocabularies_that_are_used_are_referred_to(gateway: Schema) -> None:
    included = {include.namespace for reference in gateway.references for include in reference.includes}
    used = {AGGREGATION, MEASURES, SAP_ANALYTICS, SAP_COMMON, SAP_COMMUNICATION, SAP_HIERARCHY, SAP_UI}
    assert included == used
