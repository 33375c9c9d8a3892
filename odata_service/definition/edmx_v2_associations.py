"""Associations of CSDL 1 to 3: two ends, perhaps a constraint between them (CSDL 3, 9 and 10).

pyodata's model builder resolves them. It wants a document in which every name leads somewhere, and knows neither base
types nor aliases, so it gets one without what it does not take; what it refuses all the same is read from the
association's element, where what is wrong can be told with its line.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from lxml import etree
from msgspec import Struct

from odata_service.definition.csdl_grammar import EDM, EDMX
from odata_service.definition.edmx_v2_document import Document, local, remove, tag
from odata_service.definition.safe_xml import Element

_MULTIPLICITIES = ("*", "1", "0..1")
_KNOWN_TO_PYODATA = frozenset(
    ("Edmx", "DataServices", "Schema", "EntityType", "Key", "PropertyRef", "Property", "NavigationProperty")
) | frozenset(("Association", "End", "ReferentialConstraint", "Principal", "Dependent"))


class End(Struct, frozen=True):
    """One end: its role, the qualified name of its entity type, how many entities stand there."""

    role: str
    type: str
    multiplicity: str


class Constraint(Struct, frozen=True):
    """Properties of the dependent role's entities, each with the one of the principal's that it equals."""

    principal: str
    dependent: str
    pairs: tuple[tuple[str, str], ...]


class Association(Struct, frozen=True):
    """An association by its qualified name; `cascades` maps roles to what a deletion there does at the other end."""

    name: str
    ends: tuple[End, ...]
    constraint: Constraint | None
    cascades: dict[str, str]
    element: Element

    def end(self, role: str) -> End | None:
        """The end of a role."""
        return next((end for end in self.ends if end.role == role), None)


def read_associations(document: Document) -> dict[str, Association]:
    """The associations of a document by their qualified names; what is wrong with one is reported."""
    built = _built(document)
    found = {}
    for namespace, element in document.each("Association"):
        name = f"{namespace}.{element.get('Name', '')}"
        known = _of_pyodata(built, namespace, element.get("Name", "")) if built is not None else None
        ends, constraint = known or _of_element(element, namespace, document)
        if len(ends) == 2:
            cascades = {end.get("Role", ""): action for end in element if (action := _on_delete(end)) is not None}
            found[name] = Association(name, ends, constraint, cascades, element)
    return found


def _on_delete(end: Element) -> str | None:
    child = next(end.iterchildren(tag("OnDelete")), None)
    return None if child is None else child.get("Action")


def _built(document: Document) -> Any:
    """The model as pyodata builds it, with what it refuses left out; None where it refuses the whole."""
    # 0.1 s that only the documents of old versions are worth
    from pyodata.exceptions import PyODataException
    from pyodata.v2.model import Config, MetadataBuilder, PolicyIgnore

    config = Config(default_error_policy=PolicyIgnore(), xml_namespaces={"edmx": EDMX, "edm": EDM})
    try:
        return MetadataBuilder(etree.tostring(_as_pyodata_takes_it(document)), config).build()
    except (PyODataException, LookupError, RuntimeError, AttributeError, TypeError, ValueError):
        return None


def _as_pyodata_takes_it(document: Document) -> Element:
    """A copy with names spelled out, inherited properties in each type, and every type one that pyodata knows."""
    root = deepcopy(document.root)
    for element in [element for element in root.iter("{*}*") if local(element) not in _KNOWN_TO_PYODATA]:
        if element.getparent() is not None:
            remove(element)
    bases: dict[str, Element] = {}
    for schema in root.iter(tag("Schema")):
        namespace = schema.get("Namespace", "")
        for element in schema.iter(tag("EntityType"), tag("End"), tag("NavigationProperty")):
            for attribute in ("BaseType", "Type", "Relationship"):
                if element.get(attribute):
                    element.set(attribute, document.qualified(element, attribute, namespace))
        bases |= {f"{namespace}.{element.get('Name')}": element for element in schema.iterchildren(tag("EntityType"))}
    own = {name: [part.get("Name", "") for part in element.iter(tag("Property"))] for name, element in bases.items()}
    for element in bases.values():
        _declare(element, bases, own)
    return root


def _declare(element: Element, bases: dict[str, Element], own: dict[str, list[str]]) -> None:
    """Gives a type its own and inherited properties, all of one type: names alone are asked for."""
    names = dict.fromkeys(part.get("Name", "") for part in element.iter(tag("Property")))
    base, seen = element.get("BaseType"), set[str]()
    while base in bases and base not in seen:
        seen.add(base)
        names |= dict.fromkeys(own[base])
        base = bases[base].get("BaseType")
    for part in list(element.iterchildren(tag("Property"))):
        element.remove(part)
    for name in names:
        element.append(element.makeelement(tag("Property"), {"Name": name, "Type": "Edm.String"}))


def _of_pyodata(built: Any, namespace: str, name: str) -> tuple[tuple[End, ...], Constraint | None] | None:
    """An association as pyodata has it; None where it has none."""
    from pyodata.v2.model import NullAssociation

    try:
        found = built.association(name, namespace)
    except LookupError:
        return None
    if isinstance(found, NullAssociation):
        return None
    ends = tuple(End(end.role, _name_of(end.entity_type_info), end.multiplicity) for end in found.end_roles)
    if len({end.role for end in ends if end.role}) != len(ends):
        return None
    if any(end.multiplicity not in _MULTIPLICITIES for end in ends):
        return None
    stated = found.referential_constraint
    if stated is None:
        return ends, None
    pairs = tuple(zip(stated.dependent.property_names, stated.principal.property_names, strict=True))
    return ends, Constraint(stated.principal.name, stated.dependent.name, pairs)


def _name_of(type_info: Any) -> str:
    return f"{type_info.namespace}.{type_info.name}"


def _of_element(element: Element, namespace: str, document: Document) -> tuple[tuple[End, ...], Constraint | None]:
    """An association as its element states it, with a problem for whatever is wrong."""
    name = element.get("Name", "")
    ends = tuple(
        End(child.get("Role", ""), document.qualified(child, "Type", namespace), child.get("Multiplicity", ""))
        for child in element.iterchildren(tag("End"))
    )
    problems = list(_end_problems(ends))
    for problem in problems:
        document.say("error", element, f"Association '{name}' {problem}")
    if problems:
        return (), None
    stated = next(element.iterchildren(tag("ReferentialConstraint")), None)
    return ends, None if stated is None else _constraint(stated, name, ends, document)


def _end_problems(ends: tuple[End, ...]) -> Iterator[str]:
    if len(ends) != 2:
        yield f"has {len(ends)} ends: write two."
        return
    if ends[0].role == ends[1].role:
        yield f"has the role '{ends[0].role}' at both ends: write a different Role for each."
    for end in ends:
        if end.multiplicity not in _MULTIPLICITIES:
            yield f"has the multiplicity '{end.multiplicity}': write *, 1 or 0..1."


def _constraint(element: Element, name: str, ends: tuple[End, ...], document: Document) -> Constraint | None:
    principal, principal_names = _role(element, "Principal")
    dependent, dependent_names = _role(element, "Dependent")
    roles = [end.role for end in ends]
    for role in (principal, dependent):
        if role not in roles:
            message = f"The constraint of '{name}' names the role '{role}'; its ends are {', '.join(roles)}."
            document.say("error", element, message)
            return None
    if len(principal_names) != len(dependent_names) or not principal_names:
        message = f"The constraint of '{name}' pairs {len(dependent_names)} with {len(principal_names)} properties."
        document.say("error", element, message)
        return None
    return Constraint(principal, dependent, tuple(zip(dependent_names, principal_names, strict=True)))


def _role(element: Element, name: str) -> tuple[str, list[str]]:
    child = next(element.iterchildren(tag(name)), None)
    if child is None:
        return "", []
    return child.get("Role", ""), [part.get("Name", "") for part in child.iterchildren(tag("PropertyRef"))]
