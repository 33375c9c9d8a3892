"""Files made to hurt are refused in one line, in bounded time and memory."""

import os
import resource
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from odata_service.definition import check

CPU_SECONDS = 10
MANY = 40_000
MEMORY_BYTES = 1 << 30
DEEP = 100_000
DOCTYPE = "error: The document has a DOCTYPE, which is not read: write out what its entities stand for."
ENTITIES = "<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10))


def xml(content: str) -> str:
    return (
        '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.01"><edmx:DataServices>'
        f'<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="s">{content}</Schema>'
        "</edmx:DataServices></edmx:Edmx>"
    )


def members(value: str) -> str:
    return f'{{"$Version": "4.01", "s": {{"C": {{"$Kind": "ComplexType"}}, "@s.T": {value}}}}}'


def page(row: str = "", after: str = "") -> str:
    """A page of one entity type, with a row of its properties and what follows its annotation."""
    return (
        "# a resource type\n\nNamespace: n\n\n## Properties\n|Property|Type|Description|\n|:--|:--|:--|\n"
        f"|id|String|Key.|\n{row}\n\n## JSON representation\n"
        f'<!-- {{ "blockType": "resource", "keyProperty": "id", "@odata.type": "n.a" }} -->\n{after}\n'
    )


def cells(content: str) -> str:
    """Rows of a table whose cells are as long as they may be."""
    return "\n".join(f"|p{number}|{content * (1_990 // len(content))}|d|" for number in range(400))


def findings(source: Path) -> list[str]:
    """What `check` says of a source, without its place, in a process that may use so much and no more."""
    receiving, sending = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=_check, args=(sending, source))
    process.start()
    sending.close()
    try:
        found: list[str] = receiving.recv()
    except EOFError:
        pytest.fail(f"took more than {CPU_SECONDS} s or {MEMORY_BYTES} bytes")
    finally:
        process.join()
    assert all(line.startswith(f"{source}:") and "\n" not in line for line in found), found[:5]
    return [line.removeprefix(f"{source}:").partition(": ")[2] for line in found]


def _check(sending: Connection, source: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY_BYTES, taken + MEMORY_BYTES))
    sending.send([str(problem) for problem in check(source)])


def written(directory: Path, name: str, content: str | bytes) -> Path:
    file = directory / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return file


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"<!DOCTYPE l [{ENTITIES}]><Edmx>&a9;</Edmx>", id="billion laughs"),
        pytest.param(f"<!DOCTYPE l [{ENTITIES}]><Edmx a='&a9;'/>", id="billion laughs in an attribute"),
        pytest.param(f"<!DOCTYPE l [<!ENTITY a '{'x' * 99_999}'>]><Edmx>{'&a;' * 99_999}</Edmx>", id="quadratic"),
        pytest.param("<!DOCTYPE l [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><Edmx>&a;</Edmx>", id="XXE"),
        pytest.param("<!DOCTYPE l [<!ENTITY % a SYSTEM 'file:///etc/passwd'>%a;]><Edmx/>", id="parameter entity"),
        pytest.param("<!DOCTYPE l SYSTEM 'http://127.0.0.1:1/l.dtd'><Edmx/>", id="external DTD"),
        pytest.param("\n<?xml-style x?><!-- <Edmx> -->\n<!DOCTYPE l><Edmx/>", id="behind comments"),
        pytest.param(f"<!DOCTYPE l [{ENTITIES}]><Edmx>&a9;</Edmx>".encode("utf-16"), id="UTF-16"),
        pytest.param(f"<!DOCTYPE l [{ENTITIES}]><Edmx>&a9;</Edmx>".encode("utf-16-le"), id="UTF-16 without BOM"),
    ],
)
def test_document_types_and_entities_are_not_read(tmp_path: Path, content: str | bytes) -> None:
    assert findings(written(tmp_path, "a.xml", content)) == [DOCTYPE]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        pytest.param(
            "a.xml",
            lambda: xml(f"{'<Annotation>' * DEEP}{'</Annotation>' * DEEP}"),
            "error: This is not XML: Excessive depth in document: 256",
            id="nested elements",
        ),
        pytest.param(
            "a.xml",
            lambda: xml("<ComplexType/>" * 1_000_000),
            "error: The document has more than 500,000 elements, and is not read.",
            id="elements",
        ),
        pytest.param(
            "a.xml",
            lambda: xml("<a/>" * 400_000),
            "warning: <a> does not stand in <Schema>, so it is passed over.",
            id="strange elements",
        ),
        pytest.param("a.xml", lambda: "<?a?>" * 5_000_000, "error: The document has more than", id="instructions"),
        pytest.param("a.xml", lambda: "<" * 30_000_000, "error: The document has more than", id="angles"),
        pytest.param(
            "a.xml",
            lambda: xml(f'<ComplexType Name="{"a" * 30_000_000}"/>'),
            "error: This is not XML: Resource limit exceeded",
            id="an attribute of 30 MB",
        ),
        pytest.param(
            "a.xml",
            lambda: xml(f'<ComplexType Name="{"a" * 9_000_000}"/>'),
            "error: The name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…aaaaaaaaaa' has 9000000 characters, and 128 are allowed.",
            id="a name of 9 MB",
        ),
        pytest.param(
            "a.xml",
            lambda: xml(f'<Annotation Term="s.T"><String>{"a" * 30_000_000}</String></Annotation>'),
            "error: This is not XML: Resource limit exceeded",
            id="a text of 30 MB",
        ),
        pytest.param(
            "a.xml",
            lambda: xml("<ComplexType " + " ".join(f'a{i}="1"' for i in range(DEEP)) + "/>"),
            "error: <ComplexType> needs the attribute Name.",
            id="attributes",
        ),
        pytest.param("a.xml", lambda: " " * 30_000_000, "error: This is not XML", id="blanks"),
        pytest.param("a.xml", lambda: "\0" * 1_000_000, "error: This is not XML", id="NULs in XML"),
        pytest.param("a.xml", lambda: xml("&nothing;"), "error: This is not XML: Entity 'nothing'", id="no entity"),
        pytest.param("a.xml", lambda: bytes(range(256)) * 999, "error: This is not XML", id="bytes"),
        pytest.param("a.xml", lambda: b"", "error: This is not XML: Document is empty.", id="empty XML"),
        pytest.param("a.xml", lambda: "<a>\xff".encode("latin-1"), "error: This is not XML", id="invalid UTF-8 in XML"),
        pytest.param(
            "a.xml",
            lambda: xml('<Annotation Term="s.T" Decimal="1e999999999"/>'),
            "error: '1e999999999' is not of the form that Decimal has.",
            id="a decimal of a billion digits",
        ),
        pytest.param(
            "a.json", lambda: "[" * DEEP, "error: The document is nested deeper than 100 levels.", id="nested arrays"
        ),
        pytest.param(
            "a.json",
            lambda: members('{"a":' * DEEP + "1" + "}" * DEEP),
            "error: The document is nested deeper than 100 levels.",
            id="nested objects",
        ),
        pytest.param(
            "a.json",
            lambda: "{" + ",".join('"a":1' for _ in range(1_000_001)) + "}",
            "error: The document has more than 1,000,000 members, and is not read. Split it up.",
            id="members",
        ),
        pytest.param("a.json", lambda: '{"' * 9_000_000, "error: This is not JSON", id="quotes"),
        pytest.param("a.json", lambda: '{"' + "\\" * 9_000_001, "error: This is not JSON", id="backslashes"),
        pytest.param(
            "a.json", lambda: members("9" * 999_999), "error: '99999999999999999999…' has 999999", id="digits"
        ),
        pytest.param(
            "a.json",
            lambda: members("1e999999999"),
            "error: The number '1e999999999' is too long or too large to be one of a model.",
            id="an exponent",
        ),
        pytest.param("a.json", lambda: members("NaN"), 'error: NaN is no number of JSON. Write "NaN".', id="NaN"),
        pytest.param(
            "a.json", lambda: members('"\\ud800"'), "error: '\\ud800' is half of a character.", id="surrogate"
        ),
        pytest.param("a.json", lambda: b'{"\xff": 1}', "error: The file is not UTF-8", id="invalid UTF-8 in JSON"),
        pytest.param("a.json", lambda: b"\0" * 999, "error: This is not JSON", id="NULs in JSON"),
        pytest.param("a.json", lambda: b"", "error: This is not JSON", id="empty JSON"),
    ],
)
def test_a_hostile_file_is_refused(
    tmp_path: Path, name: str, content: Callable[[], str | bytes], expected: str
) -> None:
    assert findings(written(tmp_path, name, content()))[0].startswith(expected)


CUT = "warning: Of this line the first 20,000 characters are read."


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(lambda: page(f"|x|{'[' * 900_000}|d|"), CUT, id="brackets"),
        pytest.param(lambda: page(f"|x|{'Collection(' * 80_000}|d|"), CUT, id="collections of collections"),
        pytest.param(lambda: page(f"|x|String|{'values are: `' * 70_000}|"), CUT, id="values without end"),
        pytest.param(lambda: page(f"|{' (' * 400_000}|String|d|"), CUT, id="a name"),
        pytest.param(lambda: page("|" * 900_000), CUT, id="columns"),
        pytest.param(lambda: page(cells("[")), None, id="cells of brackets"),
        pytest.param(lambda: page(cells(" collection")), None, id="cells of collections"),
        pytest.param(lambda: page(after="``` json\n" + '"\\' * 400_000), CUT, id="quotes in JSON"),
        pytest.param(lambda: page(after="``` json\n" + "/*\n" * 300_000), None, id="comments in JSON"),
        pytest.param(lambda: page(after="``` json\n" + '{"a":' * 150_000), CUT, id="nested JSON"),
        pytest.param(lambda: page(after='``` json\n{"a": ' + "9" * 9_000), None, id="digits in JSON"),
        pytest.param(lambda: page(after="<!--\n" * 150_000), None, id="comments that never end"),
        pytest.param(lambda: page(after="<table>" + "<tr " * 200_000), CUT, id="rows of HTML"),
        pytest.param(lambda: page(after="<table>\n" + "<td\n" * 200_000), None, id="cells of HTML"),
        pytest.param(lambda: page(after="## Properties\n" * 60_000), None, id="sections"),
        pytest.param(lambda: page(after="# " + " #" * 400_000), CUT, id="a heading"),
        pytest.param(lambda: page(after="|" + "-" * 900_000 + "x"), CUT, id="a separator"),
        pytest.param(
            lambda: f"# x: y\n\n## HTTP request\n``` http\nGET /as/{'{id}/b/' * 2_000}\n```\n",
            "error: No resource is defined here.",
            id="a path of thousands of segments",
        ),
    ],
)
def test_a_hostile_page_is_read_as_far_as_it_goes(
    tmp_path: Path, content: Callable[[], str], expected: str | None
) -> None:
    found = findings(written(tmp_path, "a.md", content()))
    assert expected is None or any(line.startswith(expected) for line in found), found[:5]


@pytest.mark.parametrize("name", ["a.md", "a.markdown"])
def test_a_page_of_more_than_a_megabyte_is_refused_unread(tmp_path: Path, name: str) -> None:
    written(tmp_path, name, "# a\n" * 400_000)
    message = "error: The file has 1.53 MB, and at most 1 MB are read. Split it up."
    assert findings(tmp_path / name) == [message]


@pytest.mark.parametrize("name", ["a.xml", "a.json", "a.edmx"])
def test_a_file_of_50_megabytes_is_refused_unread(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    assert findings(tmp_path / name) == ["error: The file has 50 MB, and at most 32 MB are read. Split it up."]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            lambda: "".join(f'<ComplexType Name="C{i}" BaseType="s.C{i + 1}"/>' for i in range(MANY)),
            f"error: 's.C{MANY - 101}' inherits over more than 100 levels.",
            id="levels of inheritance",
        ),
        pytest.param(
            lambda: '<ComplexType Name="C">' + '<Property Name="a" Type="Edm.Int32"/>' * MANY + "</ComplexType>",
            "error: 'a' is already declared in 's.C' at {file}:1.",
            id="one name again and again",
        ),
        pytest.param(
            lambda: "".join(f'<ComplexType Name="C{i}" BaseType="s.D{i}"/>' for i in range(MANY)),
            "error: The base type 's.D0' of 's.C0' is not defined.",
            id="wrong names",
        ),
    ],
)
def test_thousands_of_faults_take_seconds(tmp_path: Path, content: Callable[[], str], expected: str) -> None:
    found = findings(written(tmp_path, "a.xml", xml(content())))
    assert (found[0], len(found) <= 1_001) == (expected.format(file=tmp_path / "a.xml"), True)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.xml")
    assert findings(tmp_path / "a.xml") == ["error: This is no file that can be read at once."]


def test_a_directory_with_the_name_of_a_file_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "a.xml").mkdir()
    (found,) = findings(tmp_path / "a.xml")
    assert found.startswith("error: The directory holds nothing that is read.")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    written(tmp_path, "a.xml", xml("")).chmod(0)
    assert findings(tmp_path / "a.xml") == ["error: The file cannot be read: Permission denied."]


def test_links_out_of_a_directory_are_not_followed(tmp_path: Path) -> None:
    written(tmp_path, "secret.xml", xml('<ComplexType Name="Secret"/>'))
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "link.xml").symlink_to(tmp_path / "secret.xml")
    assert [str(problem) for problem in check(tmp_path / "given")] == [
        f"{tmp_path}/given/link.xml:1: error: The link leads out of given/ and is not followed: copy the file there."
    ]


@pytest.mark.parametrize("uri", ["../secret.xml", "link.xml", "%2e%2e/secret.xml", "sub/../../secret.xml"])
def test_references_out_of_the_directory_are_not_followed(tmp_path: Path, uri: str) -> None:
    written(tmp_path, "secret.xml", xml('<ComplexType Name="Secret"/>'))
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "link.xml").symlink_to(tmp_path / "secret.xml")
    reference = f'<edmx:Reference Uri="{uri}"><edmx:Include Namespace="s"/></edmx:Reference>'
    given = xml('<ComplexType Name="C"/>').replace('Namespace="s"', 'Namespace="t"')
    file = written(tmp_path / "given", "a.xml", given.replace("<edmx:DataServices>", f"{reference}<edmx:DataServices>"))
    message = f"error: The reference to '{uri}' leads out of given/ and is not followed: copy the file there."
    assert findings(file) == [message]
