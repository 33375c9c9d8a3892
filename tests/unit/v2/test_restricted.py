"""What a definition restricts is refused in V2 as in V4, and told of what was sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.v2 import V2Service
from tests.asking import service_of
from tests.unit.v2.shop import Shop

TERM = "Org.OData.Capabilities.V1"
MODEL = f"""<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n">
<EntityType Name="E"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Int32" Nullable="false"/>
<Property Name="made" Type="Edm.String"><Annotation Term="Org.OData.Core.V1.Computed"/></Property></EntityType>
<EntityContainer Name="C"><EntitySet Name="Es" EntityType="n.E">
<Annotation Term="{TERM}.DeleteRestrictions"><Record><PropertyValue Property="Deletable" Bool="false"/></Record>
</Annotation>
<Annotation Term="{TERM}.CountRestrictions"><Record><PropertyValue Property="Countable" Bool="false"/></Record>
</Annotation></EntitySet></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def restricted(tmp_path: Path) -> Iterator[Shop]:
    source = tmp_path / "restricted.xml"
    source.write_text(MODEL, encoding="utf-8")
    with service_of(load_schema(str(source))) as service:
        shop = Shop(service, V2Service(service))
        assert shop.ask("POST", "Es", {"id": 1}).status == 201
        yield shop


@pytest.mark.parametrize(
    ("method", "target", "allowed"),
    [("DELETE", "Es(1)", "GET, HEAD, PATCH, PUT, MERGE"), ("PUT", "Es(1)/made", "GET, HEAD"), ("MERGE", "Es", None)],
)
def test_methods_that_are_taken_are_those_of_v2(
    restricted: Shop, method: str, target: str, allowed: str | None
) -> None:
    answer = restricted.ask(method, target, {"made": "x"})
    assert (answer.status, answer.headers["Allow"]) == (405, allowed or "GET, HEAD, POST")


@pytest.mark.parametrize(("target", "option"), [("Es?$inlinecount=allpages", "$inlinecount"), ("Es/$count", "$count")])
def test_what_cannot_be_counted_is_told_of_the_option_that_was_sent(restricted: Shop, target: str, option: str) -> None:
    error = restricted.ask("GET", target).error
    assert error["message"]["value"] == f"'Es' cannot be counted. Leave {option} out."
    assert error["innererror"]["errordetails"][0]["target"] == option


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("", "GET, HEAD, OPTIONS"),
        ("$metadata", "GET, HEAD, OPTIONS"),
        ("$batch", "POST, HEAD, OPTIONS"),
        ("Articles", "GET, HEAD, POST, OPTIONS"),
        ("Articles(1)", "GET, HEAD, PUT, MERGE, PATCH, DELETE, OPTIONS"),
        ("Articles/$count", "GET, HEAD, OPTIONS"),
        ("Dearest", "GET, HEAD, OPTIONS"),
        ("Reduce?number=1&by=1M", "POST, OPTIONS"),
    ],
)
def test_options_tell_what_a_url_takes(shop: Shop, target: str, allowed: str) -> None:
    answer = shop.ask("OPTIONS", target)
    assert (answer.status, answer.headers["Allow"]) == (204, allowed)


def test_options_of_nothing_are_not_there(shop: Shop) -> None:
    assert shop.ask("OPTIONS", "Nothing").status == 404


def test_the_segment_is_told_from_the_option(restricted: Shop) -> None:
    answer = restricted.ask("GET", "Es/$count?$inlinecount=none", maxdataserviceversion="1.0")
    assert answer.error["message"]["value"].startswith("'Es/$count' is of version 2.0")


def test_functions_are_told_by_the_names_of_v2(restricted: Shop) -> None:
    message = restricted.ask("GET", "Es?$filter=replace(made,'a') eq 'b'").error["message"]["value"]
    assert message.startswith("'replace' does not take (Edm.String, Edm.String)"), message
    assert "odata.service" not in message
