from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from msgspec.structs import replace

from odata_service.edm.types import BOOLEAN, DECIMAL, GUID, INT32, STRING, Facets, TypeRef
from odata_service.errors import PayloadError
from odata_service.payload import EntityValue, Reference, Related, ValueReader, read_entity
from odata_service.payload.values import from_json, reader_for
from odata_service.service import Service
from odata_service.settings import Limits
from tests.asking import ask
from tests.models import company_schema, customer_schema, partners_schema

CUSTOMER = "microsoft.graph.Customer"


_MANY_NAMES = b"{" + b",".join(b'"name%d":1' % number for number in range(2_000))


def read(body: bytes, limits: Limits | None = None) -> dict[str, object]:
    return dict(read_entity(body, CUSTOMER, ValueReader(customer_schema()), limits or Limits()).properties)


def test_only_what_is_stated_is_there() -> None:
    assert read(b'{"id":"a","contractType":3,"domain":null}') == {"id": "a", "contractType": 3, "domain": None}


def test_a_part_of_a_key_that_is_null_is_not_stated() -> None:
    assert read(b'{"id":null,"contractType":3}') == {"contractType": 3}


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(b'\xef\xbb\xbf{"id":"a"}') == {"id": "a"}


@pytest.mark.parametrize("name", ["#microsoft.graph.Customer", "microsoft.graph.Customer", "#microsoft.graph.customer"])
def test_the_type_is_read_with_and_without_its_hash(name: str) -> None:
    assert read(b'{"@odata.type":"%s","id":"a"}' % name.encode()) == {"id": "a"}


def test_clients_of_graph_name_types_in_other_letters() -> None:
    assert read(b'{"@odata.type":"#microsoft.graph.customer","id":"a"}') == {"id": "a"}
    reader = ValueReader(company_schema())
    with pytest.raises(PayloadError, match=r'@odata\.type is "#firm\.person"'):
        read_entity(b'{"@odata.type":"#firm.person"}', "firm.Person", reader, Limits())


@pytest.mark.parametrize(
    ("body", "complaint", "target"),
    [
        (b"", "The body is empty", None),
        (b"[]", "not an object", None),
        (b"{", "not JSON", None),
        (b'{"id":"a"} x', "not JSON", None),
        (b'{"id":"\xff"}', "not UTF-8", None),
        (b'{"id":"a","id":"b"}', "stands twice", "id"),
        (b'{"contractType":NaN}', "NaN is not JSON", None),
        (b'{"displayNme":"x"}', "Did you mean 'displayName'", "displayNme"),
        (b'{"contractType":"x"}', "whole number", "contractType"),
        (b'{"contractType":3000000000}', "out of the range of Edm.Int32", "contractType"),
        (b'{"deletedDateTime":"yesterday"}', "YYYY-MM-DD", "deletedDateTime"),
        (b'{"displayName":"\\ud800"}', "surrogate", "displayName"),
        (b'{"@odata.type":"#other.Type"}', "is expected here", "@odata.type"),
        (b'{"@odata.type":1.5}', "is expected here", "@odata.type"),
        (b'{"@odata.type":["x"]}', "An array", "@odata.type"),
        (b'{"@odata.etag":7}', "An ETag is text", "@odata.etag"),
        (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", "nested deeper", None),
        (b'{"contractType":' + b"9" * 5_000 + b"}", "out of every range", None),
        (_MANY_NAMES + b',"name1999":1}', "'name1999' stands twice", "name1999"),
        (b'{"a":' * 50 + _MANY_NAMES + b"}" * 51, "more than 1000 names .--max-members.", None),
        (b'{"a":"' + b"x" * 200_000 + b'","b":' + _MANY_NAMES + b"}}", "more than 1000 names", None),
    ],
)
def test_a_body_that_does_not_fit_names_the_place_and_the_cure(body: bytes, complaint: str, target: str | None) -> None:
    with pytest.raises(PayloadError, match=complaint) as caught:
        read(body, replace(Limits(), max_members=0 if target else 1_000))
    assert caught.value.target == target


def related(member: bytes) -> Related:
    body = b"{" + member + b"}"
    found = read_entity(body, "contoso.sales.Customer", ValueReader(partners_schema()), Limits()).related
    return found["partner"]


def test_a_related_entity_is_named_or_stated() -> None:
    bound = related(b'"partner@odata.bind":"Partners(\'p\')"')
    assert (bound.bound, bound.items) == ((Reference("Partners('p')", "partner@odata.bind"),), None)
    referred = related(b'"partner":{"@id":"Partners(\'p\')"}')
    assert (referred.bound, referred.items) == ((), (Reference("Partners('p')", "partner/@id"),))
    stated = related(b'"partner":{"id":"p"}')
    assert stated.items == (EntityValue("contoso.sales.Partner", {"id": "p"}, path="partner"),)
    assert related(b'"partner":null').items == ()
    assert related(b'"partner@bind":null').bound is None


@pytest.mark.parametrize("value", ["x", "xxxx", "", True, 7, -1, 300, Decimal("7.0"), Decimal("7.5"), [], {}], ids=repr)
@pytest.mark.parametrize(
    "type_ref",
    [TypeRef("Edm.String", facets=Facets(max_length=3)), STRING, BOOLEAN, TypeRef("Edm.Byte"), INT32, DECIMAL, GUID],
    ids=str,
)
def test_the_reader_of_a_type_takes_and_refuses_what_its_types_reading_does(value: object, type_ref: TypeRef) -> None:
    assert outcome(reader_for(type_ref), value) == outcome(partial(from_json, type_ref=type_ref), value)


def outcome(read: Callable[[object], object], value: object) -> tuple[type, object]:
    try:
        found = read(value)
    except ValueError as error:
        return ValueError, str(error)
    return type(found), found


def test_escapes_that_are_whole_characters_are_read() -> None:
    assert read(b'{"displayName": "\\u00e9\\ud83d\\ude00"}') == {"displayName": "é😀"}


def test_all_that_does_not_fit_is_told_with_its_path() -> None:
    with pytest.raises(PayloadError) as caught:
        read(b'{"id":5,"contractType":"x","displayName":"fine","domian":"y","deletedDateTime":"z"}')
    error = caught.value
    assert error.target == "id"
    assert error.message == "Property 'id': 5 is not an Edm.String. Write text in double quotes."
    assert [(detail.code, detail.target) for detail in error.details] == [
        ("PayloadError", "id"),
        ("PayloadError", "contractType"),
        ("PayloadError", "domian"),
        ("PayloadError", "deletedDateTime"),
    ]
    assert error.details[2].message == (
        "Property 'domian' is not declared in 'microsoft.graph.Customer'. Did you mean 'domain'?"
    )


def test_one_thing_that_does_not_fit_has_no_details() -> None:
    with pytest.raises(PayloadError) as caught:
        read(b'{"contractType":"x"}')
    assert caught.value.details == ()


def test_of_very_many_faults_twenty_are_told() -> None:
    body = ",".join(f'"unknown{number}":1' for number in range(5_000))
    with pytest.raises(PayloadError) as caught:
        read(f"{{{body}}}".encode())
    assert [detail.target for detail in caught.value.details] == [f"unknown{number}" for number in range(20)]


def test_items_of_arrays_are_told_by_their_place() -> None:
    reader = ValueReader(customer_schema())
    with pytest.raises(PayloadError) as caught:
        reader.value([1, "two", 3, None], TypeRef("Edm.Int32", collection=True, nullable=False), "sizes")
    assert [detail.target for detail in caught.value.details] == ["sizes/1", "sizes/3"]


def test_operations_that_an_answer_told_of_are_passed_over(partners: Service) -> None:
    body = {"id": "n", "#ns.close": {"title": "close", "target": "x"}, "partner#ns.near": {}, "#ns.gone": None}
    assert ask(partners, "POST", "Customers", body).status == 201
    assert ask(partners, "PATCH", "Customers('n')", body).status == 200
