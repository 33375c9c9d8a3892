"""Aliases of a CSDL document: every name and path in it, spelled with whole namespaces (CSDL 4.2, 5.1, 15)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from odata_service.edm.types import TypeRef

_COLLECTION = re.compile(r"Collection\(([^()]*)\)")
_QUALIFIED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


@dataclass(frozen=True, slots=True)
class Names:
    """The namespaces of a document by their aliases."""

    aliases: Mapping[str, str] = field(default_factory=dict)

    def qualified(self, name: str) -> str:
        """A qualified name with its alias replaced; `Collection(…)` is looked into.

        >>> Names({"Core": "Org.OData.Core.V1"}).qualified("Core.Description")
        'Org.OData.Core.V1.Description'
        """
        collection = _COLLECTION.fullmatch(name)
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
        collection = _COLLECTION.fullmatch(name)
        return self.qualified(collection[1] if collection else name), collection is not None

    def type_ref(self, name: str) -> TypeRef:
        """A type without facets."""
        qualified, collection = self.type_of(name)
        return TypeRef(qualified, collection)
