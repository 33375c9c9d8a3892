"""What several documents define, as the one document that a service shows: it includes nothing that it defines.

Each alias stands for one namespace there (CSDL 4.2, 5.2), whatever else it stood for in another of the documents.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from odata_service.edm.document import Include, Namespace, Reference
from odata_service.edm.model import Schema


def in_one_document(schema: Schema) -> Schema:
    """The schema whose references lead to others alone, and whose aliases are distinct."""
    defined = frozenset(schema.namespaces)
    included = [include for reference in schema.references for include in reference.includes]
    taken: dict[str, str] = {}
    for include in included:
        if include.alias and include.namespace not in defined:
            taken.setdefault(include.alias, include.namespace)
    before = {name: schema.declared_namespaces.get(name, Namespace(name)) for name in schema.namespaces}
    namespaces = dict(before)
    for name, known in before.items():
        offered = (known.alias, *(include.alias for include in included if include.namespace == name))
        alias = next((one for one in offered if one and taken.setdefault(one, name) == name), None)
        if alias != known.alias:
            namespaces[name] = replace(known, alias=alias)
    references = tuple(_elsewhere(schema.references, defined, taken))
    if namespaces == before:
        return schema if references == schema.references else replace(schema, references=references)
    return replace(schema, declared_namespaces=namespaces, references=references)


def _elsewhere(
    references: tuple[Reference, ...], defined: frozenset[str], taken: dict[str, str]
) -> Iterator[Reference]:
    """The references without what is defined here; one that is left with nothing leads nowhere."""
    for reference in references:
        includes = tuple(
            _distinct(include, taken) for include in reference.includes if include.namespace not in defined
        )
        if includes or not reference.includes or reference.include_annotations:
            yield replace(reference, includes=includes)


def _distinct(include: Include, taken: dict[str, str]) -> Include:
    is_free = taken.get(include.alias or "", include.namespace) == include.namespace
    return include if is_free else replace(include, alias=None)
