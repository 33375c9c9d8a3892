import subprocess
import sys
from pathlib import Path

from odata_service.definition import check, load_schema
from odata_service.definition.readers import files_of
from tests.unit.definition.definition_pages import api, resource, written

THING = resource("thing", annotation='"keyProperty": "id"')


# In a process of its own: a process with threads, as one that has run other tests may be, does not fork.
SCRIPT = """
import os, sys, threading
from pathlib import Path
from odata_service.definition import page_files, readers
files = readers.files_of(Path(sys.argv[1]))
alone = page_files.read_files(files)
page_files.PARALLEL_FROM, os.cpu_count = 10, lambda: 2
together = page_files.read_files(files)
print(len(files), alone == together, threading.active_count())
"""


def test_several_processes_read_what_one_reads_and_leave_no_thread(tmp_path: Path) -> None:
    pages = {f"thing{number}": resource(f"thing{number}", annotation='"keyProperty": "id"') for number in range(120)}
    written(tmp_path, {**pages, "thing0-get": api("Get", "GET /things/{id}")})
    done = subprocess.run([sys.executable, "-c", SCRIPT, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "121 True 1\n"


def test_a_directory_means_its_pages_and_those_of_its_folders(tmp_path: Path) -> None:
    for folder in ("", "resources", "api", "images"):
        (tmp_path / folder).mkdir(exist_ok=True)
        written(tmp_path / folder, {"thing": THING})
    (tmp_path / "notes.txt").write_text("no page")
    assert [str(file.relative_to(tmp_path)) for file in files_of(tmp_path)] == [
        "thing.md",
        "resources/thing.md",
        "api/thing.md",
    ]


def test_a_directory_without_pages_means_those_in_it(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# About\n\nTwo versions.\n")
    for version in ("v1", "v2", ".hidden"):
        (tmp_path / version / "resources").mkdir(parents=True)
        written(tmp_path / version / "resources", {version: resource(f"of{version.strip('.')}")})
    assert [str(file.relative_to(tmp_path)) for file in files_of(tmp_path)] == [
        "v1/resources/v1.md",
        "v2/resources/v2.md",
    ]


def test_a_readme_beside_other_definitions_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# About\n\nA model.\n")
    (tmp_path / "model.xml").write_text(
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        '<Schema Namespace="test" xmlns="http://docs.oasis-open.org/odata/ns/edm"><ComplexType Name="place"/></Schema>'
        "</edmx:DataServices></edmx:Edmx>"
    )
    assert list(load_schema(tmp_path).types) == ["test.place"]


def test_a_type_on_pages_of_two_sources_is_an_error_that_names_both(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, {"thing": THING})
    assert [str(problem) for problem in check(tmp_path / "first", tmp_path / "second")] == [
        f"{tmp_path}/second/thing.md:1: error: Type 'test.thing' is already defined at {tmp_path}/first/thing.md:1."
    ]


def test_a_page_that_is_not_utf_8_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "thing.md").write_bytes(THING.replace("## Properties", "Café\n\n## Properties").encode("cp1252"))
    assert [problem.message for problem in check(tmp_path / "thing.md")] == [
        "The file is not UTF-8; it is read as Windows-1252."
    ]
