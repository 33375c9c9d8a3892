"""Aliases of a CSDL document: every name and path in it, spelled with whole namespaces (CSDL 4.2, 5.1, 15)."""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from odata_service.edm.annotations import OTHER_VOCABULARY_URLS, STORAGE, VOCABULARY_URLS
from odata_service.edm.document import Include, Reference
from odata_service.edm.types import TypeRef
from odata_service.errors import Origin, Problem

_COLLECTION = re.compile(r"Collection\(([^()]*)\)")
_QUALIFIED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


class Names(Struct, frozen=True):
    """The namespaces of a document by their aliases, and all that it defines or includes."""

    aliases: Mapping[str, str] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    strangers: dict[str, Origin] = field(default_factory=dict)
    """Namespaces of terms that are neither defined nor included, with the place of their first use."""

    def term(self, name: str, origin: Origin) -> str:
        """The qualified name of a term; its namespace is remembered where the document does not include it."""
        qualified = self.qualified(name)
        namespace = qualified.rpartition(".")[0]
        if namespace not in self.namespaces and namespace != STORAGE:
            self.strangers.setdefault(namespace, origin)
        return qualified

    def problems(self) -> Iterator[Problem]:
        """That namespaces of terms are not included (CSDL 4.2)."""
        for namespace, origin in self.strangers.items():
            known = next((full for full in VOCABULARY_URLS if namespace in (full, full.split(".")[2])), None)
            what = f"'{known}' with the alias '{namespace}'" if known and known != namespace else "it"
            message = f"The namespace '{namespace}' of a term is neither defined nor included by this document."
            yield Problem("warning", f"{message} Include {what} from its vocabulary.", origin)

    def references(self) -> Iterator[Reference]:
        """The vocabularies among them, as the document should refer to them: what is written of the model does."""
        for namespace in self.strangers:
            url = OTHER_VOCABULARY_URLS.get(namespace)
            if url is not None:
                yield Reference(url, (Include(namespace),))

    def qualified(self, name: str) -> str:
        """A qualified name with its alias replaced; `Collection(…)` is looked into.

        >>> Names({"Core": "Org.OData.Core.V1"}).qualified("Core.Description")
        'Org.OData.Core.V1.Description'
        """
        collection = _COLLECTION.fullmatch(name) if "(" in name else None
        if collection:
            return f"Collection({self.qualified(collection[1])})"
        prefix, dot, last = name.rpartition(".")
        return f"{self.aliases.get(prefix, prefix)}.{last}" if dot else name

    def path(self, path: str) -> str:
        """A path with the aliases in its type casts, terms and container names replaced.

        >>> Names({"self": "n"}).path("self.Derived/name@self.Term#q")
        'n.Derived/name@n.Term#q'
        """
        if "." not in path:
            return path
        return _QUALIFIED.sub(lambda match: self.qualified(match[0]), path)

    def type_of(self, name: str) -> tuple[str, bool]:
        """The qualified name of a type, and whether it is that of a collection's members."""
        collection = _COLLECTION.fullmatch(name) if "(" in name else None
        return self.qualified(collection[1] if collection else name), collection is not None

    def type_ref(self, name: str) -> TypeRef:
        """A type without facets."""
        qualified, collection = self.type_of(name)
        return TypeRef(qualified, collection)


Declared = tuple[str, str | None, Origin]
"""A namespace, its alias if it has one, and where both are stated."""


def names_of(declared: Iterable[Declared]) -> tuple[Names, tuple[Problem, ...]]:
    """The names of a document with these namespaces of its own or included; an alias stands for one (CSDL 4.2)."""
    aliases: dict[str, tuple[str, Origin]] = {}
    namespaces = set()
    problems = []
    for namespace, alias, origin in declared:
        namespaces.add(namespace)
        if alias:
            other, place = aliases.setdefault(alias, (namespace, origin))
            if other != namespace:
                message = f"The alias '{alias}' of '{namespace}' stands for '{other}' already, at {place}."
                problems.append(Problem("error", f"{message} Choose another.", origin))
    return Names({alias: found for alias, (found, _) in aliases.items()}, frozenset(namespaces)), tuple(problems)
