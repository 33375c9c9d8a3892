"""Parameters of the JSON format in Accept, $format and Content-Type (JSON Format 3)."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ask, service_of
from tests.models import every_schema, shop_schema


@pytest.fixture
def scalars() -> Iterator[Service]:
    """One entity with a small decimal, sent with an exponent."""
    with service_of(every_schema()) as made:
        sent = b'{"id":1,"decimal":1.0E-6,"int64":"9007199254740993"}'
        accepted = "application/json;IEEE754Compatible=true;ExponentialDecimals=true"
        assert ask(made, "POST", "Scalars", sent, content_type=accepted).status == 201
        yield made


@pytest.mark.parametrize(
    ("parameters", "shown", "told"),
    [
        ("", b'"decimal":0.000001', ""),
        (";ExponentialDecimals=true", b'"decimal":1E-6', ";ExponentialDecimals=true"),
        (";exponentialdecimals=false", b'"decimal":0.000001', ""),
        (
            ";IEEE754Compatible=true;ExponentialDecimals=true",
            b'"decimal":"1E-6"',
            ";IEEE754Compatible=true;ExponentialDecimals=true",
        ),
        (";odata.streaming=true", b'"decimal":0.000001', ";odata.streaming=true"),
        (";streaming=true", b'"decimal":0.000001', ";odata.streaming=true"),
    ],
)
def test_what_is_asked_for_is_told_and_done(scalars: Service, parameters: str, shown: bytes, told: str) -> None:
    for headers in ({"accept": f"application/json{parameters}"}, {}):
        target = "Scalars(1)?$select=decimal" + ("" if headers else f"&$format=application/json{parameters}")
        answer = ask(scalars, "GET", target, **headers)
        assert answer.headers["Content-Type"] == f"application/json;odata.metadata=minimal{told}"
        assert shown in answer.body


def test_4_01_names_the_parameters_without_prefix(scalars: Service) -> None:
    answer = ask(scalars, "GET", "Scalars", accept="application/json;odata.streaming=true", odata_maxversion="4.01")
    assert answer.headers["Content-Type"] == "application/json;metadata=minimal;streaming=true"


@pytest.mark.parametrize(
    "parameter", ["streaming=yes", "ExponentialDecimals=1", "IEEE754Compatible=maybe", "unknown=1"]
)
def test_parameters_that_nobody_knows_are_not_acceptable(scalars: Service, parameter: str) -> None:
    assert ask(scalars, "GET", "Scalars", accept=f"application/json;{parameter}").status == 406


def test_counts_of_expanded_collections_are_strings_where_numbers_of_64_bits_are() -> None:
    with service_of(shop_schema()) as shop:
        assert ask(shop, "POST", "Customers", {"id": "a", "orders": [{"number": 1}]}).status == 201
        accept = "application/json;IEEE754Compatible=true"
        found = ask(
            shop, "GET", "Customers?$select=id&$expand=orders($select=number;$count=true)", accept=accept
        ).values
        assert found[0]["orders@odata.count"] == "1"
        counted = ask(shop, "GET", "Customers?$select=id&$expand=orders/$count", accept=accept).values
        assert counted[0]["orders@odata.count"] == "1"


def test_annotations_of_metadata_are_those_that_are_wanted() -> None:
    with service_of(shop_schema()) as shop:
        term = "Org.OData.Measures.V1.Unit"
        whole = ask(shop, "GET", "$metadata")
        chosen = ask(shop, "GET", "$metadata", prefer=f'odata.include-annotations="-*,{term}"')
        assert chosen.headers["Preference-Applied"] == f'odata.include-annotations="-*,{term}"'
        assert chosen.body.count(b"<Annotation ") == whole.body.count(f'Term="{term}"'.encode()) == 1
        assert chosen.headers["ETag"] != whole.headers["ETag"]
        bare = ask(shop, "GET", "$metadata?$format=json", prefer='include-annotations="-*"')
        assert b"@Org.OData" not in bare.body
        ignored = ask(shop, "GET", "$metadata", prefer='include-annotations="display order"')
        assert "Preference-Applied" not in ignored.headers


@pytest.mark.parametrize("wanted", ["*", "-*", "display.*", "*,-Org.OData.Core.V1.*"])
@pytest.mark.parametrize("target", ["Customers", "Customers('a')", "Customers?$apply=groupby((id))", "$all"])
def test_data_have_no_annotations_to_choose_from_and_follow_each_choice(wanted: str, target: str) -> None:
    with service_of(shop_schema()) as shop:
        assert ask(shop, "POST", "Customers", {"id": "a"}).status == 201
        plain = ask(shop, "GET", target)
        for name in ("include-annotations", "odata.include-annotations"):
            answer = ask(shop, "GET", target, prefer=f'{name}="{wanted}"')
            assert (answer.status, answer.body) == (200, plain.body)
            assert answer.headers["Preference-Applied"] == f'{name}="{wanted}"'
        changed = ask(shop, "PATCH", "Customers('a')", {}, prefer=f'return=minimal, include-annotations="{wanted}"')
        assert changed.headers["Preference-Applied"] == "return=minimal"
