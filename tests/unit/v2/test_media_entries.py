"""Media entities in Atom: what their streams are is told as verbose JSON tells it."""

from pathlib import Path

from lxml import etree

from odata_service.definition import load_schema
from odata_service.v2 import V2Service
from tests.asking import service_of
from tests.unit.v2.shop import Shop

MODEL = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n">
<EntityType Name="Photo" HasStream="true"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.String" Nullable="false"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Photos" EntityType="n.Photo"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""
ETAG = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}etag"


def test_both_formats_tell_the_same_of_a_stream(tmp_path: Path) -> None:
    source = tmp_path / "photos.xml"
    source.write_text(MODEL, encoding="utf-8")
    with service_of(load_schema(str(source))) as service:
        shop = Shop(service, V2Service(service))
        told = shop.ask("POST", "Photos", b"png", content_type="image/png").json["d"]["__metadata"]
        entry = etree.fromstring(shop.ask("GET", "Photos?$format=atom").body).find("{*}entry")
    assert entry is not None
    (link,) = [found for found in entry.iterfind("{*}link") if found.get("rel") == "edit-media"]
    content = entry.find("{*}content")
    assert content is not None
    assert (content.get("type"), link.get(ETAG)) == (told["content_type"], told["media_etag"])
    assert [told["media_src"], told["edit_media"]] == [f"http://host/v2/{link.get('href')}"] * 2
    assert link.get("href") == content.get("src")
