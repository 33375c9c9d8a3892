"""XML of a definition, parsed so that nothing in it can reach out, grow or nest without end.

No network, no entities, no DTD; 256 levels of nesting and `MAX_BYTES` at most. Elements know their lines.
"""

from pathlib import Path

from lxml import etree

from odata_service.errors import Origin, Problem

Element = etree._Element

MAX_BYTES = 32 * 1024 * 1024
"""A definition that is longer is refused unread: the largest published ones have a tenth of this."""


def parse_xml(file: Path) -> tuple[Element | None, tuple[Problem, ...]]:
    """The root of a document, or the problems that it has as XML; never both."""
    content, problem = read_bounded(file)
    if content is None:
        return None, (problem,) if problem else ()
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
        message = f"This is not XML: {(error.msg or 'it is empty').strip().rstrip('.')}."
        return None, (Problem("error", message, Origin(str(file), max(error.lineno or 1, 1))),)
    if root.getroottree().docinfo.internalDTD is not None:
        message = "The document has a DOCTYPE, which is not read: write out what its entities stand for."
        return None, (Problem("error", message, Origin(str(file))),)
    return root, ()


def line_of(element: Element) -> int:
    """The line where an element begins."""
    return element.sourceline if isinstance(element.sourceline, int) else 1


def read_bounded(file: Path) -> tuple[bytes | None, Problem | None]:
    """The bytes of a file, or why they are not read."""
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            limit = MAX_BYTES // 1024 // 1024
            message = f"The file has {size // 1024 // 1024} MB, and at most {limit} MB are read. Split it up."
            return None, Problem("error", message, Origin(str(file)))
        return file.read_bytes(), None
    except OSError as error:
        return None, Problem("error", f"The file cannot be read: {error.strerror}.", Origin(str(file)))
