"""XML of a definition, parsed so that nothing in it can reach out, grow or nest without end.

No network, no entities, no DTD; 256 levels of nesting at most. Elements know their lines.
"""

import re
from pathlib import Path

from lxml import etree

from odata_service.definition.bounded import read_bounded
from odata_service.errors import Origin, Problem

Element = etree._Element

_DOCTYPE = "The document has a DOCTYPE, which is not read: write out what its entities stand for."
_PLACE = re.compile(r", line \d+, column \d+$")
_START = rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?+\s*+"
_BEFORE = re.compile(_START + rb"(<\?|<!--)")
_TYPE = re.compile(_START + rb"<!DOCTYPE", re.IGNORECASE)
_ENDS = {b"<?": b"?>", b"<!--": b"-->"}

MAX_TAGS = 1_000_000
"""Start and end tags; the largest published documents have a tenth of this."""


def parse_xml(file: Path) -> tuple[Element | None, tuple[Problem, ...]]:
    """The root of a document, or the problems that it has as XML; never both."""
    content, problem = read_bounded(file)
    if content is None:
        return None, (problem,) if problem else ()
    return parse_document(content, str(file))


def parse_document(content: bytes, name: str) -> tuple[Element | None, tuple[Problem, ...]]:
    """The root of a document that is at hand under a name, or the problems that it has as XML; never both."""
    message = _refusal(content)
    if message is not None:
        return None, (Problem("error", message, Origin(name)),)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        reason = _PLACE.sub("", " ".join((error.msg or "it is empty").split())).rstrip(". ")
        return None, (Problem("error", f"This is not XML: {reason}.", Origin(name, max(error.lineno or 1, 1))),)
    if root.getroottree().docinfo.internalDTD is not None:
        return None, (Problem("error", _DOCTYPE, Origin(name)),)
    return root, ()


def _refusal(content: bytes) -> str | None:
    """Why a document is not even parsed."""
    if content.count(b"<") > MAX_TAGS:
        return f"The document has more than {MAX_TAGS // 2:,} elements, and is not read. Split it up."
    return _DOCTYPE if _has_doctype(content) else None


def _has_doctype(content: bytes) -> bool:
    """Whether a document type stands before the root, so that no parser has to look at what it declares."""
    prologue = content.replace(b"\0", b"") if b"\0" in content[:4] else content
    place = 0
    while (found := _BEFORE.match(prologue, place)) is not None:
        place = prologue.find(_ENDS[found[1]], found.end())
        if place < 0:
            return False
        place += len(_ENDS[found[1]])
    return _TYPE.match(prologue, place) is not None


def line_of(element: Element) -> int:
    """The line where an element begins."""
    line = element.sourceline
    return line if isinstance(line, int) else 1
