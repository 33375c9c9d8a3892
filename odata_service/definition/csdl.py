"""The reader of CSDL files: documents in XML and JSON, of OData V2 and V3 too, and the local ones they refer to."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree
from msgspec import Struct, field

from odata_service.definition.csdl_document import declared_in, document_problems
from odata_service.definition.csdl_grammar import EDMX, MOST, grammar_problems, modernised, too_many
from odata_service.definition.csdl_json import read_json_document
from odata_service.definition.csdl_names import names_of
from odata_service.definition.csdl_xml import read_document
from odata_service.definition.edmx_v2 import is_edmx_v2, modernise
from odata_service.definition.json_lines import parse_json
from odata_service.definition.safe_xml import Element, parse_xml
from odata_service.edm.annotations import OTHER_VOCABULARY_URLS, VOCABULARY_URLS
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.document import Reference
from odata_service.errors import Origin, Problem, Severity


def read(sources: Sequence[Sequence[Path]], builder: SchemaBuilder) -> None:
    """Adds what the documents and their references define; those are looked for beside them, never on a network."""
    files = [file for source in sources for file in source]
    reading = _Reading(builder, {file.resolve() for file in files})
    for file in files:
        reading.document(file, frozenset())


class _Reading(Struct):
    """Which documents have been read: each is read once, however many refer to it."""

    builder: SchemaBuilder
    known: set[Path] = field(default_factory=set)

    def document(self, file: Path, namespaces: frozenset[str]) -> None:
        """Adds a document; with `namespaces` only these of its schemas."""
        self.builder.is_referred_to = bool(namespaces)
        references = self._read_json if file.suffix.lower() == ".json" else self._read_xml
        for reference in references(file, namespaces):
            self._follow(reference, file)

    def _read_json(self, file: Path, namespaces: frozenset[str]) -> tuple[Reference, ...]:
        located, problem = parse_json(file)
        if problem is not None:
            self.builder.problem(problem)
        if located is None:
            return ()
        if not any(name in located.root for name in ("$Version", "$EntityContainer")):
            message = 'This is no CSDL document: it has no "$Version". Write "$Version": "4.01".'
            self.builder.problem(Problem("error", message, Origin(str(file))))
            return ()
        return read_json_document(located, self.builder, namespaces)

    def _read_xml(self, file: Path, namespaces: frozenset[str]) -> tuple[Reference, ...]:
        root, problems = parse_xml(file)
        for problem in problems:
            self.builder.problem(problem)
        if root is None:
            return ()
        if is_edmx_v2(root):
            modernise(root, file, self.builder.problem)
            names, _ = names_of(declared_in(root, str(file)))
            return read_document(root, file, self.builder, names, namespaces)
        if modernised(root):
            message = f"The document is of version 4 and written in the namespaces of older ones. Write '{EDMX}'."
            self.builder.problem(Problem("warning", message, Origin(str(file))))
        if root.tag != f"{{{EDMX}}}Edmx":
            name = etree.QName(root)
            of = f"of '{name.namespace}'" if name.namespace else "without a namespace"
            message = f"This is no CSDL document: its root is <{name.localname}> {of}."
            hint = f"Write <Edmx Version=\"4.0\"> of '{EDMX}'."
            self.builder.problem(Problem("error", f"{message} {hint}", Origin(str(file))))
            return ()
        return self._read_checked(root, file, namespaces)

    def _read_checked(self, root: Element, file: Path, namespaces: frozenset[str]) -> tuple[Reference, ...]:
        """Reads a document of version 4, if it has not too many faults to be one."""
        faults = list(islice(grammar_problems(root, str(file)), MOST + 1))
        names, clashes = names_of(declared_in(root, str(file)))
        for problem in (*faults[:MOST], *clashes, *document_problems(root, str(file))):
            self.builder.problem(problem)
        if len(faults) > MOST:
            self.builder.problem(too_many(str(file)))
            return ()
        references = read_document(root, file, self.builder, names, namespaces)
        for problem in names.problems():
            self.builder.problem(problem)
        for reference in names.references():
            self.builder.add_reference(reference)
        return references

    def _follow(self, reference: Reference, file: Path) -> None:
        included = frozenset(include.namespace for include in reference.includes)
        wanted = included - VOCABULARY_URLS.keys() - OTHER_VOCABULARY_URLS.keys()
        if not wanted:
            return
        target = self._locate(reference, file)
        if target is not None and target.resolve() not in self.known:
            self.known.add(target.resolve())
            self.document(target, wanted)

    def _locate(self, reference: Reference, file: Path) -> Path | None:
        """The local file behind a reference; a problem where it is outside the document's directory, or missing."""
        uri = reference.uri
        parts = urlsplit(uri)
        is_remote = parts.scheme in ("http", "https")
        path = unquote(parts.path)
        candidate = file.parent / (path.rpartition("/")[2] if is_remote else path)
        base = file.parent.resolve()
        if (parts.scheme and not is_remote) or not candidate.resolve().is_relative_to(base):
            message = f"The reference to '{uri}' leads out of {base.name}/ and is not followed: copy the file there."
            self.builder.problem(Problem("error", message, reference.origin))
            return None
        if candidate.is_file():
            return candidate
        severity: Severity = "info" if is_remote else "warning"
        message = f"The reference to '{uri}' is not followed: there is no such file here."
        self.builder.problem(Problem(severity, message, reference.origin))
        return None
