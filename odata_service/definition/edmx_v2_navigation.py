"""Associations become what version 4 has: types, partners, constraints and bindings of navigation properties."""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from odata_service.definition.edmx_v2_associations import Association, End
from odata_service.definition.edmx_v2_document import Document, add, remove, tag, take
from odata_service.definition.safe_xml import Element
from odata_service.errors import Hints


class Navigation(Struct, frozen=True):
    """A navigation property: its element, the type that declares it, and the ends that it leads from and to."""

    name: str
    declaring: str
    element: Element
    association: Association
    source: End
    target: End


class Navigations(Struct):
    """The navigation properties of a document, and the base types that they are inherited along."""

    all: list[Navigation] = field(default_factory=list)
    bases: dict[str, str] = field(default_factory=dict)
    by_association: dict[str, list[Navigation]] = field(default_factory=dict)
    hints: Hints = field(default_factory=Hints)

    def note(self, navigation: Navigation) -> None:
        """Adds one."""
        self.all.append(navigation)
        self.by_association.setdefault(navigation.association.name, []).append(navigation)

    def partner(self, navigation: Navigation) -> Navigation | None:
        """The navigation property at the other end, which the target type declares or inherits."""
        for other in self.by_association[navigation.association.name]:
            if (
                other is not navigation
                and (other.source.role, other.target.role) == (navigation.target.role, navigation.source.role)
                and self.inherits(navigation.target.type, other.declaring)
            ):
                return other
        return None

    def inherits(self, name: str, base: str) -> bool:
        """Whether a type is another or inherits from it."""
        seen = set[str]()
        current: str | None = name
        while current is not None and current not in seen:
            if current == base:
                return True
            seen.add(current)
            current = self.bases.get(current)
        return False


def modernise_navigation(document: Document, associations: Mapping[str, Association]) -> Navigations:
    """Rewrites the navigation properties; what leads nowhere is reported and taken out."""
    found = Navigations()
    for namespace, element in document.each("EntityType"):
        name = f"{namespace}.{element.get('Name', '')}"
        if element.get("BaseType"):
            found.bases[name] = document.qualified(element, "BaseType", namespace)
        for child in list(element.iterchildren(tag("NavigationProperty"))):
            navigation = _navigation(child, name, document, associations, found.hints)
            if navigation is None:
                remove(child)
            else:
                found.note(navigation)
    for navigation in found.all:
        _rewrite(navigation, found)
    _report_lost_constraints(found, associations, document)
    return found


def _navigation(
    element: Element, declaring: str, document: Document, associations: Mapping[str, Association], hints: Hints
) -> Navigation | None:
    name = element.get("Name", "")
    relationship = document.qualified(element, "Relationship", declaring.rpartition(".")[0])
    association = associations.get(relationship)
    if association is None:
        message = f"The association '{relationship}' of '{name}' is not defined."
        document.say("error", element, f"{message}{hints.nearest(relationship, associations.keys())}")
        return None
    source, target = (association.end(element.get(attribute, "")) for attribute in ("FromRole", "ToRole"))
    if source is None or target is None or source is target:
        roles = " and ".join(end.role for end in association.ends)
        stated = f"from '{element.get('FromRole', '')}' to '{element.get('ToRole', '')}'"
        document.say("error", element, f"'{name}' leads {stated}, and the ends of '{relationship}' are {roles}.")
        return None
    return Navigation(name, declaring, element, association, source, target)


def _rewrite(navigation: Navigation, navigations: Navigations) -> None:
    element, target = navigation.element, navigation.target
    for attribute in ("Relationship", "FromRole", "ToRole"):
        take(element, attribute)
    element.set("Type", f"Collection({target.type})" if target.multiplicity == "*" else target.type)
    if target.multiplicity == "1":
        element.set("Nullable", "false")
    partner = navigations.partner(navigation)
    if partner is not None:
        element.set("Partner", partner.name)
    constraint = navigation.association.constraint
    if constraint is not None and constraint.dependent == navigation.source.role and target.multiplicity != "*":
        at = navigation.association.element
        for dependent, principal in constraint.pairs:
            add(element, "ReferentialConstraint", at, Property=dependent, ReferencedProperty=principal)
    action = navigation.association.cascades.get(navigation.source.role)
    if action in ("Cascade", "None"):
        add(element, "OnDelete", navigation.association.element, Action=action)


def _report_lost_constraints(
    navigations: Navigations, associations: Mapping[str, Association], document: Document
) -> None:
    """In version 4 the dependent end's navigation property states a constraint: without one it cannot be kept."""
    used = {(found.association.name, found.source.role) for found in navigations.all}
    for association in associations.values():
        constraint = association.constraint
        if constraint is not None and (association.name, constraint.dependent) not in used:
            message = f"The constraint of '{association.name}' is left out: no navigation property leads from its end"
            document.say("info", association.element, f"{message} '{constraint.dependent}'.")


def bind(container: Element, navigations: Navigations, document: Document) -> None:
    """Turns the association sets of a container into bindings of its entity sets, and takes them out."""
    sets = {element.get("Name", ""): element for element in container.iterchildren(tag("EntitySet"))}
    bound = {name: {str(known.get("Path")) for known in _bindings(element)} for name, element in sets.items()}
    for association_set in list(container.iterchildren(tag("AssociationSet"))):
        ends = {end.get("Role", ""): end for end in association_set.iterchildren(tag("End"))}
        for end in ends.values():
            _check_end(end, sets, navigations.hints, document)
        for navigation in navigations.by_association.get(association_set.get("Association", ""), ()):
            source, target = ends.get(navigation.source.role), ends.get(navigation.target.role)
            if source is not None and target is not None and target.get("EntitySet", "") in sets:
                owner = source.get("EntitySet", "")
                if owner in sets:
                    path = _path(sets[owner], navigation, navigations, document)
                    _bind(sets[owner], target, path, bound[owner], document)
        container.remove(association_set)


def _check_end(end: Element, sets: Mapping[str, Element], hints: Hints, document: Document) -> None:
    name = end.get("EntitySet", "")
    if name not in sets:
        message = f"The end '{end.get('Role', '')}' of an association set names '{name}', which is no entity set."
        document.say("error", end, f"{message}{hints.nearest(name, sets.keys())}")


def _path(owner: Element, navigation: Navigation, navigations: Navigations, document: Document) -> str:
    """How a navigation property is called among the entities of a set."""
    declared = document.names.qualified(owner.get("EntityType", ""))
    inherited = "." not in declared or navigations.inherits(declared, navigation.declaring)
    return navigation.name if inherited else f"{navigation.declaring}/{navigation.name}"


def _bind(owner: Element, target: Element, path: str, bound: set[str], document: Document) -> None:
    if path in bound:
        message = f"'{path}' of '{owner.get('Name')}' is bound already, so this association set is passed over."
        document.say("warning", target, message)
        return
    bound.add(path)
    add(owner, "NavigationPropertyBinding", target, Path=path, Target=target.get("EntitySet", ""))


def _bindings(owner: Element) -> Iterator[Element]:
    yield from owner.iterchildren(tag("NavigationPropertyBinding"))
