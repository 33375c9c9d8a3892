"""Documentation pages as numerous and as large as those of a big service, and how long reading them takes.

The pages are made up, but of every form that matters for the time: long tables, links between types, inherited rows,
enumerations, annotated JSON, and API pages with permissions, parameters and examples.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

RESOURCES, APIS = 750, 1_250
"""2,000 pages, in the proportion of published documentation."""

_TYPES = ("String", "Boolean", "Int32", "DateTimeOffset", "String collection", "Double", "Guid", "Int64")
_PHRASES = (
    "Read-only.",
    "Required. Maximum length is 256 characters.",
    "Supports `$filter` (`eq`, `ne`, `ge`, `le`, `startsWith`).",
    "The timestamp represents date and time information using ISO 8601 format and is always in UTC time.",
    "Nullable. Returned only on `$select`.",
)
_SAMPLES = {
    "String": '"String"',
    "Boolean": "true",
    "Int32": "1024",
    "DateTimeOffset": '"String (timestamp)"',
    "String collection": '["String"]',
    "Double": '"Double"',
    "Guid": '"Guid"',
    "Int64": "1024",
}
_VERBS = (
    ("List", "GET", "", "collection"),
    ("Get", "GET", "/{id}", ""),
    ("Create", "POST", "", ""),
    ("Update", "PATCH", "/{id}", ""),
    ("Delete", "DELETE", "/{id}", "None"),
)


def write_pages(directory: Path, resources: int, apis: int) -> None:
    """Writes that many resource pages and API pages into the folders of a directory."""
    random = Random(7)
    for folder in ("resources", "api"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    for number in range(resources):
        text = "\n".join(_resource_page(number, resources, random))
        (directory / "resources" / f"thing{number}.md").write_text(text, encoding="utf-8")
    for number in range(apis):
        text = "\n".join(_api_page(number % resources, number // resources, random))
        (directory / "api" / f"thing{number % resources}-{_VERBS[number // resources][0].lower()}.md").write_text(
            text, encoding="utf-8"
        )


def page_rows() -> Iterator[dict[str, object]]:
    """A row of the table: what it takes to print the metadata of all pages."""
    with TemporaryDirectory() as directory:
        write_pages(Path(directory), RESOURCES, APIS)
        started = perf_counter()
        command = [sys.executable, "-m", "odata_service", "metadata", directory]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        spent = perf_counter() - started
    yield {"case": f"read {RESOURCES + APIS:,} pages", "figure": f"{spent:.2f} s", "target": "< 2.5 s"}


def _front(title: str, kind: str) -> Iterator[str]:
    yield from ("---", f'title: "{title}"', f'description: "About {title}."', 'author: "someone"')
    yield from ("localization_priority: Normal", f"doc_type: {kind}", "---", "")


def _resource_page(number: int, resources: int, random: Random) -> Iterator[str]:
    name = f"thing{number}"
    rows = [(f"property{place}", random.choice(_TYPES)) for place in range(random.randint(6, 28))]
    other, base = random.randrange(resources), number - number % 10
    yield from _front(f"{name} resource type", "resourcePageType")
    yield from (f"# {name} resource type", "", "Namespace: microsoft.graph", "")
    yield (
        f"One of many things. Inherits from [thing{base}](thing{base}.md)." if number != base else "One of many things."
    )
    yield from ("", "## Methods", "|Method|Return type|Description|", "|:---|:---|:---|")
    for verb, _, _, returns in _VERBS:
        cell = returns if returns == "None" else f"[{name}]({name}.md) {returns}".strip()
        yield f"|[{verb} {name}](../api/{name}-{verb.lower()}.md)|{cell}|{verb}s things of this kind.|"
    yield from ("", "## Properties", "|Property|Type|Description|", "|:---|:---|:---|")
    yield "|id|String|The identifier of the thing. Inherited from [entity](entity.md). Read-only.|"
    for row, kind in rows:
        yield f"|{row}|{kind}|What {row} of a thing is, in a sentence or two. {random.choice(_PHRASES)}|"
    yield "|kind|thingKind|The kind of the thing. Possible values are: `small`, `large`, `unknownFutureValue`.|"
    yield f"|place|[place{number % 5}](place{number % 5}.md)|Where the thing is.|"
    yield from ("", "## Relationships", "|Relationship|Type|Description|", "|:---|:---|:---|")
    yield f"|others|[thing{other}](thing{other}.md) collection|Other things. Read-only. Nullable.|"
    yield from ("", "## JSON representation", "The following is a JSON representation of the resource.")
    yield from ("<!-- {", '  "blockType": "resource",', '  "keyProperty": "id",')
    yield from (f'  "@odata.type": "microsoft.graph.{name}",', '  "openType": false', "}", "-->", "``` json", "{")
    yield from (f'  "@odata.type": "#microsoft.graph.{name}",', '  "id": "String (identifier)",')
    yield from (f'  "{row}": {_SAMPLES[kind]},' for row, kind in rows)
    yield from ('  "kind": "String",', '  "place": {"@odata.type": "microsoft.graph.place"}', "}", "```", "")


def _api_page(number: int, turn: int, random: Random) -> Iterator[str]:
    name = f"thing{number}"
    verb, method, key, returns = _VERBS[turn]
    yield from _front(f"{verb} {name}", "apiPageType")
    yield from (f"# {verb} {name}", "", "Namespace: microsoft.graph", "", f"{verb}s one thing or many.", "")
    yield from ("## Permissions", "One of the following permissions is required to call this API.", "")
    yield from ("|Permission type|Permissions (from least to most privileged)|", "|:---|:---|")
    yield from (f"|{kind}|Thing.Read.All, Thing.ReadWrite.All|" for kind in ("Delegated", "Personal", "Application"))
    yield from ("", "## HTTP request", "<!-- {", '  "blockType": "ignored"', "}", "-->", "``` http")
    yield from (f"{method} /things{number}{key}", f"{method} /users/{{id}}/things{number}{key}", "```", "")
    yield from (
        "## Request headers",
        "|Name|Description|",
        "|:---|:---|",
        "|Authorization|Bearer {token}. Required.|",
        "",
    )
    yield from ("## Request body", "|Property|Type|Description|", "|:---|:---|:---|")
    yield from (f"|property{place}|{random.choice(_TYPES)}|What it is. Optional.|" for place in range(8))
    yield from ("", "## Response", "If successful, this method returns a `200 OK` response code.", "", "## Examples")
    yield from (
        "### Request",
        "# [HTTP](#tab/http)",
        "<!-- {",
        '  "blockType": "request",',
        f'  "name": "{name}"',
        "}",
        "-->",
    )
    yield from ("``` http", f"{method} https://graph.microsoft.com/v1.0/things{number}", "```")
    for language in ("csharp", "javascript", "objc", "java"):
        yield from (
            f"# [{language}](#tab/{language})",
            f"[!INCLUDE [sample-code](../includes/{language}/{name}.md)]",
            "",
        )
    yield from ("---", "### Response", "<!-- {", '  "blockType": "response",', '  "truncated": true,')
    body = "" if returns == "None" else f"microsoft.graph.{name}"
    yield from (f'  "@odata.type": "{body}"', "}", "-->", "``` http", "HTTP/1.1 200 OK", "", "{")
    yield from (f'  "property{place}": "a value of some length",' for place in range(20))
    yield from ('  "id": "9f4fe8ea-7e6e-486e-a8f4-nothing"', "}", "```", "")
