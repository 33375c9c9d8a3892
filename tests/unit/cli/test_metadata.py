"""`metadata`: formats, versions, and a file that is written whole or not at all."""

import json
import stat
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.edm.annotations import COLUMN, KEPT_AS, annotation_value
from tests.databases.build import from_script
from tests.models import METADATA, MODELS, PARTNERS
from tests.unit.cli.test_commands import run

OVERLAY = """<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="over" xmlns="http://docs.oasis-open.org/odata/ns/edm"><Annotations Target="{}">
<Annotation Term="odata.service.Storage.V1.Rename" String="{}"/></Annotations></Schema></edmx:DataServices></edmx:Edmx>
"""


@pytest.mark.parametrize("name", ["catalogue_v3.xml", "gateway.xml", "northwind.xml"])
@pytest.mark.parametrize("form", ["xml", "json"])
def test_the_metadata_of_old_services_is_printed(name: str, form: str) -> None:
    result = run("metadata", str(MODELS / "v2" / name), "--format", form)
    assert result.exit_code == 0
    assert result.stdout.startswith("<?xml" if form == "xml" else "{")


def test_a_description_says_where_the_service_is() -> None:
    result = run("metadata", str(METADATA), "--format", "openapi", "--public-url", "https://host/odata/")
    document = json.loads(result.output)
    assert (result.exit_code, document["servers"]) == (0, [{"url": "https://host/odata"}])
    assert list(document["paths"]) == ["/Customers", "/Customers/$count", "/Customers('{id}')", "/$batch"]


def test_the_metadata_of_v2_is_printed() -> None:
    result = run("metadata", str(METADATA), "--format", "v2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert 'Version="1.0"' in result.stdout
    assert '<EntitySet Name="Customers" EntityType="microsoft.graph.Customer"' in result.stdout


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    output = tmp_path / "out.xml"
    output.write_text("old")
    output.chmod(0o640)
    assert run("metadata", str(METADATA), "--output", str(output)).exit_code == 0
    assert output.read_bytes().rstrip() == (METADATA / "metadata.xml").read_bytes().rstrip()
    assert stat.S_IMODE(output.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [output]


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.xml").write_text("old")
    (tmp_path / "link.xml").symlink_to("real.xml")
    assert run("metadata", str(METADATA), "--output", str(tmp_path / "link.xml")).exit_code == 0
    assert (tmp_path / "link.xml").is_symlink()
    assert (tmp_path / "real.xml").read_bytes().startswith(b"<?xml")


def test_a_definition_that_is_wrong_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    output, wrong = tmp_path / "out.xml", tmp_path / "wrong.xml"
    output.write_text("old")
    wrong.write_text("<")
    assert run("metadata", str(wrong), "--output", str(output)).exit_code == 1
    assert output.read_text() == "old"


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    output = tmp_path / "gone" / "out.xml"
    result = run("metadata", str(METADATA), "--output", str(output))
    assert (result.exit_code, result.stderr) == (1, f"{output}:1: No such file or directory.\n")


def test_a_file_of_a_database_says_where_entities_are_kept(tmp_path: Path) -> None:
    database = from_script("CREATE TABLE items (id INTEGER PRIMARY KEY, label TEXT);", tmp_path / "shop.db")
    output = tmp_path / "shop.xml"
    assert run("metadata", str(database), "--output", str(output)).exit_code == 0
    label = load_schema(output).properties("shop.item")["label"]
    assert annotation_value(label.annotations, COLUMN) == "label"
    assert "Storage.V1" not in run("metadata", str(database)).stdout


def test_a_file_of_renamed_pages_says_what_they_were_called(tmp_path: Path) -> None:
    schema = load_schema(PARTNERS)
    name = next(name for name in schema.types if name.endswith("Customer"))
    overlay, output = tmp_path / "over.xml", tmp_path / "out.xml"
    overlay.write_text(OVERLAY.format(name, "Client"))
    assert run("metadata", str(PARTNERS), str(overlay), "--output", str(output)).exit_code == 0
    renamed = load_schema(output).entity_type(f"{name.rpartition('.')[0]}.Client")
    assert annotation_value(renamed.annotations, KEPT_AS) == name
