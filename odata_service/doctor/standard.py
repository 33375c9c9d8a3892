"""The rules of the standard by which definitions are read, asked of a document from elsewhere (CSDL 4.0)."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from odata_service.definition import check
from odata_service.definition.csdl_grammar import EDMX
from odata_service.definition.safe_xml import Element
from odata_service.edm.annotations import OTHER_VOCABULARY_URLS, VOCABULARY_URLS
from odata_service.errors import Problem

_KNOWN = VOCABULARY_URLS.keys() | OTHER_VOCABULARY_URLS.keys()


def broken_rules(root: Element, document: bytes) -> Iterator[Problem]:
    """What breaks a rule, or seems to, with its line; nothing of a document that refers to others: none is fetched."""
    included = {element.get("Namespace", "") for element in root.iter(f"{{{EDMX}}}Include")}
    if not included <= _KNOWN:
        return
    with TemporaryDirectory() as directory:
        file = Path(directory) / "metadata.xml"
        file.write_bytes(document)
        for problem in check(file):
            if problem.severity != "info":
                yield replace(problem, message=problem.message.replace(f"{file}:", "line "))
