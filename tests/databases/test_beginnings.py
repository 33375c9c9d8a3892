"""What computed properties begin as where nothing computes them, on every database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.edm.model import Schema
from odata_service.service import Service
from tests.asking import ask, service_of
from tests.servers import FAMILIES, database_url

_MODEL = """<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="n" Alias="n" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <ComplexType Name="Audit">
    <Property Name="at" Type="Edm.DateTimeOffset" Nullable="false" Precision="3"/>
    <Property Name="by" Type="Edm.String" Nullable="false"/>
  </ComplexType>
  <EntityType Name="Note">
    <Key><PropertyRef Name="id"/></Key>
    <Property Name="id" Type="Edm.Int32" Nullable="false"/>
    <Property Name="text" Type="Edm.String"/>
    {computed}
  </EntityType>
  <EntityType Name="Memo" BaseType="n.Note">
    <Property Name="sent" Type="Edm.DateTimeOffset" Nullable="false">{tag}</Property>
  </EntityType>
  <EntityContainer Name="Container"><EntitySet Name="Notes" EntityType="n.Note"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""
_TAG = '<Annotation Term="Org.OData.Core.V1.Computed"/>'
_COMPUTED = {
    "created": 'Type="Edm.DateTimeOffset" Nullable="false" Precision="7"',
    "second": 'Type="Edm.DateTimeOffset" Nullable="false" Precision="0"',
    "day": 'Type="Edm.Date" Nullable="false"',
    "time": 'Type="Edm.TimeOfDay" Nullable="false" Precision="2"',
    "seen": 'Type="Edm.DateTimeOffset"',
    "first": 'Type="Edm.Date" Nullable="false" DefaultValue="2020-01-01"',
    "number": 'Type="Edm.Int32" Nullable="false"',
    "audit": 'Type="n.Audit" Nullable="false"',
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    computed = "\n".join(f'<Property Name="{name}" {facets}>{_TAG}</Property>' for name, facets in _COMPUTED.items())
    path: Path = tmp_path_factory.mktemp("beginnings") / "notes.xml"
    path.write_text(_MODEL.format(computed=computed, tag=_TAG), "utf-8")
    return load_schema(path)


@pytest.fixture(params=FAMILIES, scope="module")
def notes(request: pytest.FixtureRequest, schema: Schema) -> Iterator[Service]:
    with database_url(request.param) as url, service_of(schema, url=url) as made:
        yield made


def _is_recent(text: object) -> bool:
    return abs(datetime.now(UTC) - datetime.fromisoformat(str(text))) < timedelta(minutes=5)


def test_a_computed_point_in_time_is_that_of_the_creation(notes: Service) -> None:
    made = ask(notes, "POST", "Notes", {"id": 1, "created": "2001-01-01T00:00:00Z", "text": "a"}).json
    created = str(made["created"])
    assert _is_recent(created)
    assert (made["day"], made["second"]) == (created[:10], created[:19] + "Z")
    assert created[11:].startswith(str(made["time"]).rstrip("0"))
    assert len(str(made["time"])) <= len("12:30:00.25")
    assert ask(notes, "GET", f"Notes?$filter=created eq {created} and day eq {created[:10]}").column("id") == [1]


def test_what_may_be_null_or_has_a_default_or_tells_no_time_begins_as_ever(notes: Service) -> None:
    made = ask(notes, "POST", "Notes", {"id": 2}).json
    assert (made["seen"], made["first"], made["number"]) == (None, "2020-01-01", 0)


def test_members_of_a_computed_complex_value_begin_so_too(notes: Service) -> None:
    audit = ask(notes, "POST", "Notes", {"id": 3}).json["audit"]
    assert isinstance(audit, dict)
    assert (_is_recent(audit["at"]), audit["by"]) == (True, "")


def test_properties_of_derived_types_begin_so_too(notes: Service) -> None:
    made = ask(notes, "POST", "Notes", {"id": 4, "@odata.type": "#n.Memo"}).json
    assert _is_recent(made["sent"])


def test_an_update_leaves_the_time_of_the_creation(notes: Service) -> None:
    made = ask(notes, "POST", "Notes", {"id": 5}).json
    ask(notes, "PATCH", "Notes(5)", {"text": "b", "created": "2001-01-01T00:00:00Z"})
    ask(notes, "PUT", "Notes(5)", {"text": "c"})
    found = ask(notes, "GET", "Notes(5)").json
    assert (found["created"], found["time"], found["audit"]) == (made["created"], made["time"], made["audit"])


def test_an_upsert_creates_at_its_time(notes: Service) -> None:
    assert ask(notes, "PUT", "Notes(6)", {"text": "d"}).status == 201
    assert _is_recent(ask(notes, "GET", "Notes(6)").json["created"])
