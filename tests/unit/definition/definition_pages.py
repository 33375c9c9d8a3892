"""Small documentation pages that tests write, and what is made of them."""

from pathlib import Path

from odata_service.definition import check, load_schema
from odata_service.edm.model import Schema

PROPERTIES = "|Property|Type|Description|\n|:---|:---|:---|\n"


def resource(
    name: str,
    rows: str = "|id|String||",
    *,
    relationships: str = "",
    methods: str = "",
    annotation: str = "",
    **parts: str,
) -> str:
    """A resource page of the namespace `test`; `parts` are its prose `intro`, its JSON `shown`, and `more` sections."""
    sections = [f"# {name} resource type\n\nNamespace: test\n\n{parts.get('intro', '')}\n"]
    if methods:
        sections.append(f"## Methods\n|Method|Return type|Description|\n|:---|:---|:---|\n{methods}\n")
    sections.append(f"## Properties\n{PROPERTIES}{rows}\n{parts.get('more', '')}\n")
    if relationships:
        sections.append(f"## Relationships\n|Relationship|Type|Description|\n|:---|:---|:---|\n{relationships}\n")
    stated = f'"blockType": "resource", "@odata.type": "test.{name}"{", " + annotation if annotation else ""}'
    sections.append(f"## JSON representation\n<!-- {{ {stated} }} -->\n```json\n{{ {parts.get('shown', '')} }}\n```\n")
    return "\n".join(sections)


def api(title: str, *requests: str, body: str = "", url: str = "", returns: str = "") -> str:
    """An API page: its title, the lines of its HTTP request, tables of parameters, the annotation of its answer."""
    sections = [f"# {title}\n\nNamespace: test\n\n## HTTP request\n``` http\n" + "\n".join(requests) + "\n```\n"]
    if url:
        sections.append(f"## Function parameters\n|Parameter|Type|Description|\n|:--|:--|:--|\n{url}\n")
    if body:
        sections.append(f"## Request body\n|Parameter|Type|Description|\n|:--|:--|:--|\n{body}\n")
    if returns:
        sections.append(f'### Response\n<!-- {{ "blockType": "response", {returns} }} -->\n')
    return "\n".join(sections)


def written(directory: Path, pages: dict[str, str]) -> Path:
    """The directory with the pages, by the stems of their files."""
    for stem, text in pages.items():
        (directory / f"{stem}.md").write_text(text, encoding="utf-8")
    return directory


def loaded(directory: Path, **pages: str) -> Schema:
    """The model of the pages; a name's `_` is the file's `-`."""
    return load_schema(written(directory, {name.replace("_", "-"): text for name, text in pages.items()}))


def said(directory: Path, **pages: str) -> list[str]:
    """What is said of the pages: file, severity and message."""
    problems = check(written(directory, {name.replace("_", "-"): text for name, text in pages.items()}))
    return [f"{Path(found.origin.file).stem}: {found.severity}: {found.message}" for found in problems]


def methods_of(name: str) -> str:
    """Rows for all methods of a type, with links to API pages."""
    return (
        f"|[List](../api/{name}-list.md)|[{name}]({name}.md) collection||\n"
        f"|[Create](../api/{name}-post.md)|[{name}]({name}.md)||\n"
        f"|[Get](../api/{name}-get.md)|[{name}]({name}.md)||\n"
        f"|[Delete](../api/{name}-delete.md)|None||"
    )
