"""Each kind of source becomes a service whose documents are valid and whose sources of entities all answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from odata_service.cli import main
from odata_service.definition import load_schema
from odata_service.edm.model import Schema
from odata_service.service import Service
from tests.asking import Answer, ask, service_of
from tests.databases.asking import service_over
from tests.databases.build import build
from tests.reference import reference

ROOT = Path(__file__).parents[2]
OURS = ("metadata", "tests/models/every.xml", "tests/models/company", "tests/models/partners")
OLDER = ("northwind.xml", "gateway.xml", "catalogue_v3.xml")
PAGES = ("seed", "v1.0", "beta", "drafts", "current")
SAMPLES = (
    "cap-library.xml",
    "csdl-16.1.json",
    "csdl-16.1.xml",
    "graph-v1.0.xml",
    "northwind4-alternate-keys.xml",
    "odatademo.xml",
    "sales-aggregation.xml",
    "sap-api-test.xml",
    "trippin.xml",
)


def path_of(name: str) -> Path:
    kind, _, rest = name.partition(":")
    match kind:
        case "ours":
            return ROOT / rest
        case "older":
            return ROOT / "tests/models/v2" / rest
        case "pages":
            return reference(f"graph-pages/sample/{rest}")
        case _:
            return reference(f"csdl-samples/{rest}")


SOURCES = (
    *(f"ours:{name}" for name in OURS),
    *(f"older:{name}" for name in OLDER),
    *(f"pages:{name}" for name in PAGES),
    *(f"samples:{name}" for name in SAMPLES),
)


def check(*sources: Path, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """The exit code of `check` and what it prints of errors."""
    with pytest.raises(SystemExit) as ended:
        main(["check", *map(str, sources)])
    printed = capsys.readouterr()
    return ended.value.code, "\n".join(line for line in (printed.out + printed.err).splitlines() if ": error: " in line)


def is_restricted(answer: Answer) -> bool:
    """Whether an annotation of the set asks for, or rules out, a query option."""
    return answer.status == 400 and answer.error["code"] == "OptionNotAllowed"


def refusals(service: Service, schema: Schema) -> Iterator[str]:
    """Every source of entities that does not answer as it should."""
    for name, entity_set in schema.container.entity_sets.items():
        wanted = 200 if entity_set.capabilities.readable else 405
        for target in (f"{name}?$top=2", f"{name}/$count"):
            answer = ask(service, "GET", target)
            if answer.status != wanted and not is_restricted(answer):
                yield f"{target}: {answer.status} {answer.body[:200]!r}"
    for name in schema.container.singletons:
        answer = ask(service, "GET", name)
        if answer.status not in {200, 204, 404}:
            yield f"{name}: {answer.status} {answer.body[:200]!r}"


@contextmanager
def served(path: Path) -> Iterator[tuple[Service, Schema]]:
    schema = load_schema(path)
    with service_of(schema) as service:
        yield service, schema


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_has_no_errors(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(path_of(name), capsys=capsys) == (0, "")


@pytest.mark.parametrize("name", SOURCES)
def test_all_that_a_source_defines_answers(name: str) -> None:
    with served(path_of(name)) as (service, schema):
        listed = {entry["name"] for entry in ask(service, "GET", "").json["value"]}
        assert listed <= {child.name for child in schema.container.children()}
        assert fromstring(ask(service, "GET", "$metadata").body).tag.endswith("}Edmx")
        assert ask(service, "GET", "$metadata?$format=json").json["$Version"] == "4.01"
        assert list(refusals(service, schema)) == []


@pytest.mark.parametrize("name", ["chinook", "northwind"])
def test_a_database_has_no_errors_and_answers(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = build(name, tmp_path)
    assert check(path, capsys=capsys) == (0, "")
    with service_over(path) as service:
        assert list(refusals(service, load_schema(path))) == []
