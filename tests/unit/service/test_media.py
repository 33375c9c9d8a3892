"""Streams: properties of their own URL, and media entities (Protocol 11.2.3, 11.4.7 to 11.4.9; JSON Format 9)."""

from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ROOT, Answer, ask, service_of
from tests.models import company_schema

FULL = "application/json;odata.metadata=full"
_PAPERS = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="s">
      <EntityType Name="Paper" HasStream="true">
        <Key><PropertyRef Name="printed"/></Key>
        <Property Name="printed" Type="Edm.Date" Nullable="false"/>
      </EntityType>
      <EntityContainer Name="Container"><EntitySet Name="Papers" EntityType="s.Paper"/></EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""
PNG = b"\x89PNG\x00\xff"


def put(service: Service, target: str, content: bytes = PNG, media_type: str = "image/png", **headers: str) -> Answer:
    return ask(service, "PUT", target, content, content_type=media_type, **headers)


def attach(service: Service, target: str = "Attachments", content: bytes = b"%PDF") -> Answer:
    return ask(service, "POST", target, content, content_type="application/pdf")


def rows(service: Service) -> int:
    found: int = service.store.connection().execute('SELECT count(*) FROM "odata-streams"').fetchone()[0]  # type: ignore[attr-defined]
    return found


def test_a_stream_that_is_not_there_is_no_content(company: Service) -> None:
    assert ask(company, "GET", "People('ann')/portrait").status == 204
    assert ask(company, "GET", "People('nobody')/portrait").status == 404


def test_a_stream_comes_back_as_it_was_put(company: Service) -> None:
    written = put(company, "People('ann')/portrait")
    assert (written.status, written.body) == (204, b"")
    answer = ask(company, "GET", "People('ann')/portrait", accept="application/json")
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, PNG, "image/png")
    assert answer.headers["ETag"] == written.headers["ETag"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ask(company, "GET", "People('ann')/portrait/$value").body == PNG


def test_a_stream_is_not_sent_again_to_whom_has_it(company: Service) -> None:
    tag = put(company, "People('ann')/portrait").headers["ETag"]
    answer = ask(company, "GET", "People('ann')/portrait", if_none_match=tag)
    assert (answer.status, answer.body) == (304, b"")


def test_streams_change_under_their_own_etag(company: Service) -> None:
    assert put(company, "People('ann')/portrait", if_match='W/"1"').status == 412
    tag = put(company, "People('ann')/portrait", if_none_match="*").headers["ETag"]
    assert put(company, "People('ann')/portrait", if_none_match="*").status == 412
    assert put(company, "People('ann')/portrait", b"new", if_match=tag).status == 204
    assert ask(company, "DELETE", "People('ann')/portrait", if_match=tag).status == 412
    assert ask(company, "GET", "People('ann')/portrait").body == b"new"


def test_a_stream_ends_and_its_entity_stays(company: Service) -> None:
    put(company, "People('ann')/portrait")
    assert ask(company, "DELETE", "People('ann')/portrait").status == 204
    assert ask(company, "GET", "People('ann')/portrait").status == 204
    assert ask(company, "GET", "People('ann')").status == 200


def test_the_entity_tells_of_its_stream_and_changes_with_it(company: Service) -> None:
    before = ask(company, "GET", "People('ann')").json
    assert not [name for name in before if name.startswith("portrait")]
    tag = put(company, "People('ann')/portrait").headers["ETag"]
    after = ask(company, "GET", "People('ann')").json
    assert (after["portrait@odata.mediaContentType"], after["portrait@odata.mediaEtag"]) == ("image/png", tag)
    assert "portrait" not in after and "portrait@odata.mediaReadLink" not in after
    assert after["@odata.etag"] != before["@odata.etag"]


def test_full_metadata_has_the_links(company: Service) -> None:
    entity = ask(company, "GET", "People('ann')?$select=portrait", accept=FULL).json
    link = f"{ROOT}People('ann')/portrait"
    assert (entity["portrait@odata.mediaReadLink"], entity["portrait@odata.mediaEditLink"]) == (link, link)
    assert "name" not in entity


def test_what_is_not_selected_is_not_told(company: Service) -> None:
    put(company, "People('ann')/portrait")
    entity = ask(company, "GET", "People('ann')?$select=name").json
    assert set(entity) == {"@odata.context", "@odata.id", "@odata.etag", "name"}


def test_a_media_type_is_ascii(company: Service) -> None:
    answer = ask(company, "POST", "Attachments", b"x", content_type="application/\xe9")
    assert (answer.status, answer.error["target"]) == (415, "Content-Type")
    assert ask(company, "GET", "Attachments").values == []


def test_a_media_type_that_the_definition_does_not_take_is_refused(company: Service) -> None:
    answer = put(company, "People('ann')/portrait", media_type="text/html")
    assert answer.status == 415
    assert "Send image/png, image/jpeg." in answer.error["message"]


def test_a_stream_needs_its_entity(company: Service) -> None:
    assert put(company, "People('nobody')/portrait").status == 404


def test_one_that_must_not_be_null_is_not_deleted(company: Service) -> None:
    location = attach(company).headers["Location"].removeprefix(ROOT)
    assert ask(company, "DELETE", f"{location}/preview").status == 400


def test_a_new_entity_states_by_null_that_it_has_no_stream_and_one_that_is_there_does_not(company: Service) -> None:
    made = ask(company, "POST", "People", {"id": "new", "portrait": None})
    assert (made.status, ask(company, "GET", "People('new')/portrait").status) == (201, 204)
    refused = [
        ask(company, "PATCH", "People('new')", {"portrait": None}),
        ask(company, "POST", "People", {"id": "other", "portrait": "x"}),
    ]
    assert [(answer.status, answer.error["target"]) for answer in refused] == [(400, "portrait")] * 2


def test_null_is_no_stream_where_one_must_be_there(company: Service) -> None:
    answer = ask(company, "POST", "Attachments", {"title": "x", "preview": None})
    assert (answer.status, answer.error["target"]) == (400, "preview")


def test_a_media_entity_is_made_of_its_stream(company: Service) -> None:
    made = attach(company)
    assert made.status == 201
    entity = made.json
    assert made.headers["Location"] == f"{ROOT}Attachments({entity['id']})"
    assert (entity["title"], entity["@odata.mediaContentType"]) == ("untitled", "application/pdf")
    read = ask(company, "GET", f"Attachments({entity['id']})/$value")
    assert (read.status, read.body, read.headers["Content-Type"]) == (200, b"%PDF", "application/pdf")
    assert read.headers["ETag"] == entity["@odata.mediaEtag"]


def test_a_media_entity_is_made_of_json_first_and_has_no_stream_then(company: Service) -> None:
    made = ask(company, "POST", "Scans", {"number": 1})
    assert made.status == 201
    assert ask(company, "GET", "Scans(1)/$value").status == 204
    assert put(company, "Scans(1)/$value").status == 204
    assert ask(company, "GET", "Scans(1)").json["@odata.mediaContentType"] == "image/png"


def test_a_stream_alone_makes_an_entity_whose_key_is_a_number(company: Service) -> None:
    answer = attach(company, "Scans")
    assert (answer.status, answer.json["number"]) == (201, 1)
    assert ask(company, "GET", "Scans(1)/$value").body == b"%PDF"


def test_a_stream_alone_does_not_make_an_entity_that_needs_more(tmp_path: Path) -> None:
    model = tmp_path / "model.xml"
    model.write_text(_PAPERS)
    with service_of(load_schema(model)) as service:
        answer = attach(service, "Papers")
        assert answer.status == 400
        assert "then PUT the stream to its $value" in answer.error["message"]
        assert rows(service) == 0


def test_a_media_entity_goes_with_its_stream_by_either_url(company: Service) -> None:
    first, second = (attach(company).headers["Location"].removeprefix(ROOT) for _ in range(2))
    assert ask(company, "DELETE", f"{first}/$value", if_match='W/"1"').status == 412
    assert ask(company, "DELETE", f"{first}/$value").status == 204
    assert ask(company, "DELETE", second).status == 204
    assert ask(company, "GET", "Attachments/$count").body == b"0"
    assert rows(company) == 0


def test_a_service_that_demands_etags_takes_that_of_the_stream() -> None:
    with service_of(company_schema(), Settings(require_etag=True)) as company:
        target = attach(company).headers["Location"].removeprefix(ROOT)
        tag = ask(company, "GET", f"{target}/$value").headers["ETag"]
        assert ask(company, "DELETE", f"{target}/$value").status == 428
        assert ask(company, "DELETE", f"{target}/$value", if_match=tag).status == 204


def test_full_metadata_of_a_media_entity_has_its_links(company: Service) -> None:
    entity = ask(company, "GET", attach(company).headers["Location"].removeprefix(ROOT), accept=FULL).json
    link = f"{ROOT}Attachments({entity['id']})/$value"
    assert (entity["@odata.mediaReadLink"], entity["@odata.mediaEditLink"]) == (link, link)


def test_contained_media_entities_go_with_what_contains_them(company: Service) -> None:
    made = attach(company, "People('ann')/notes(1)/attachments")
    assert made.status == 201
    target = made.headers["Location"].removeprefix(ROOT)
    assert target.startswith("People('ann')/notes(1)/attachments(")
    assert ask(company, "GET", f"{target}/$value").body == b"%PDF"
    expanded = ask(company, "GET", "People?$expand=notes($expand=attachments)").values[0]
    assert expanded["notes"][0]["attachments"][0]["@odata.mediaContentType"] == "application/pdf"
    assert ask(company, "DELETE", "People('ann')").status == 204
    assert rows(company) == 0


def test_a_single_media_entity_is_made_by_its_stream(company: Service) -> None:
    assert put(company, "People('ann')/notes(1)/voice/$value", if_match="*").status == 412
    assert put(company, "People('ann')/notes(1)/voice/$value").status == 204
    assert ask(company, "GET", "People('ann')/notes(1)/voice").json["title"] == "untitled"
    assert ask(company, "GET", "People('ann')/notes(1)/voice/$value").body == PNG
    assert put(company, "People('ann')/notes(9)/voice/$value").status == 404


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "Projects('x')/$value", 400),
        ("POST", "People('ann')/portrait", 405),
        ("PATCH", "People('ann')/portrait", 405),
        ("PUT", "Attachments/$value", 404),
    ],
)
def test_what_is_no_stream_or_no_way_to_change_one_is_refused(
    company: Service, method: str, target: str, status: int
) -> None:
    assert ask(company, method, target, b"x" if method != "GET" else None).status == status


def test_reading_a_page_reads_no_bytes(company: Service) -> None:
    put(company, "People('ann')/portrait")
    statements: list[str] = []
    company.store.connection().set_trace_callback(statements.append)  # type: ignore[attr-defined]
    ask(company, "GET", "People")
    assert len(statements) == 1 and '"s1"."value"' not in statements[0] and '"s1"."version"' in statements[0]


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-1", b"01", "bytes 0-1/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("Bytes = 9-9", b"9", "bytes 9-9/10"),
    ],
)
def test_a_part_of_a_stream_is_sent_alone(company: Service, asked: str, part: bytes, told: str) -> None:
    put(company, "People('ann')/portrait", b"0123456789")
    answer = ask(company, "GET", "People('ann')/portrait", range=asked)
    assert (answer.status, answer.body, answer.headers["Content-Range"]) == (206, part, told)


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "rows=1-2", "bytes=5-4", "bytes=-", "bytes=x-", "1-2", ""])
def test_what_is_no_single_range_of_bytes_is_answered_by_the_whole(company: Service, asked: str) -> None:
    put(company, "People('ann')/portrait", b"0123456789")
    answer = ask(company, "GET", "People('ann')/portrait", range=asked)
    assert (answer.status, answer.body, answer.headers["Accept-Ranges"]) == (200, b"0123456789", "bytes")


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=-0", "bytes=99-100"])
def test_a_range_behind_the_end_cannot_be_sent(company: Service, asked: str) -> None:
    put(company, "People('ann')/portrait", b"0123456789")
    answer = ask(company, "GET", "People('ann')/portrait", range=asked)
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */10")
    assert (answer.error["code"], answer.error["target"]) == ("RangeNotSatisfiable", "Range")


def test_a_part_is_of_the_stream_that_the_client_has_the_beginning_of(company: Service) -> None:
    tag = put(company, "People('ann')/portrait", b"0123456789").headers["ETag"]
    asked = {"range": "bytes=5-"}
    assert ask(company, "GET", "People('ann')/portrait", if_range=tag, **asked).status == 206
    put(company, "People('ann')/portrait", b"abcdefghij")
    changed = ask(company, "GET", "People('ann')/portrait", if_range=tag, **asked)
    assert (changed.status, changed.body) == (200, b"abcdefghij")
    dated = ask(company, "GET", "People('ann')/portrait", if_range="Wed, 21 Oct 2026 07:28:00 GMT", **asked)
    assert dated.status == 200


def test_the_head_of_a_stream_is_that_of_the_whole(company: Service) -> None:
    put(company, "People('ann')/portrait", b"0123456789")
    answer = ask(company, "HEAD", "People('ann')/portrait", range="bytes=5-")
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (200, b"", "10")


_FILES = _PAPERS.replace(
    '<Property Name="printed" Type="Edm.Date" Nullable="false"/>',
    """<Property Name="printed" Type="Edm.Int32" Nullable="false"/>
    <Property Name="file" Type="Edm.String" MaxLength="12"/>
    <Annotation Term="Org.OData.Core.V1.ContentDisposition"><Record>
      <PropertyValue Property="Filename" Path="file"/></Record></Annotation>""",
)


@pytest.mark.parametrize(
    ("slug", "expected"),
    [("plan.pdf", "plan.pdf"), ("M%C3%BCll%20%31.pdf", "Müll 1.pdf"), ("", None), ("x" * 13, 400)],
)
def test_a_slug_is_the_name_of_a_file(tmp_path: Path, slug: str, expected: str | int | None) -> None:
    source = tmp_path / "files.xml"
    source.write_text(_FILES, "utf-8")
    with service_of(load_schema(str(source))) as service:
        answer = ask(service, "POST", "Papers", b"%PDF", content_type="application/pdf", slug=slug)
        assert answer.json["file"] == expected if answer.status == 201 else answer.status == expected
        assert answer.status == 201 or answer.error["target"] == "Slug"


def test_a_slug_says_nothing_where_no_property_is_the_name_of_a_file(company: Service) -> None:
    answer = ask(company, "POST", "Attachments", b"%PDF", content_type="application/pdf", slug="plan.pdf")
    assert answer.status == 201
    assert "plan.pdf" not in answer.json.values()
