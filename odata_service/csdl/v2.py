"""The `$metadata` of OData V2: EDMX 1.0 with CSDL 2, its attributes of the namespaces `m` and `sap`.

A navigation property and its partner are the two ends of one association; each pair of entity sets that it connects is
an association set. `docs/v2.md` says what of a model is left out.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from lxml import etree

from odata_service.csdl import v2_sap
from odata_service.csdl.v2_model import Import, V2Model
from odata_service.edm.annotations import COMPUTED, IMMUTABLE, annotation_value
from odata_service.edm.capabilities import NON_INSERTABLE, NON_UPDATABLE, restricted_paths
from odata_service.edm.model import EntitySet, EntityType, NavigationProperty, Property, Schema
from odata_service.edm.types import Kind, TypeRef, kind_of

EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"
EDM = "http://schemas.microsoft.com/ado/2008/09/edm"
METADATA = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
SAP = "http://www.sap.com/Protocols/SAPData"

Element = etree._Element
_LISTED = (
    ("creatable", "false", *NON_INSERTABLE),
    ("updatable", "false", *NON_UPDATABLE),
    ("filterable", "false", "FilterRestrictions", "NonFilterableProperties"),
    ("sortable", "false", "SortRestrictions", "NonSortableProperties"),
    ("required-in-filter", "true", "FilterRestrictions", "RequiredProperties"),
)
"""Attributes of properties, their value, and where an entity set lists the properties that have it."""

_WIDEST = 29
"""How many digits an Edm.Decimal of V2 may have: readers ask for a Precision where there is a Scale."""


def write_v2(schema: Schema) -> bytes:
    """The document as UTF-8."""
    return _Writer(V2Model(schema)).document()


class _Writer:
    def __init__(self, model: V2Model) -> None:
        self.model = model
        self.schema = model.schema
        self.own_navigations = lru_cache(maxsize=None)(self._own_navigations)
        self.listed_in = lru_cache(maxsize=None)(self._listed_in)

    def document(self) -> bytes:
        root = etree.Element(f"{{{EDMX}}}Edmx", {"Version": "1.0"}, nsmap={"edmx": EDMX, "m": METADATA, "sap": SAP})
        services = etree.SubElement(root, f"{{{EDMX}}}DataServices", {f"{{{METADATA}}}DataServiceVersion": "2.0"})
        container = self.schema.container.name.rpartition(".")[0]
        names: dict[str, list[str]] = {}
        for name in filter(self.model.is_written, self.schema.types):
            names.setdefault(name.rpartition(".")[0], []).append(name)
        names.setdefault(container, [])
        for namespace, written in names.items():
            element = etree.SubElement(services, _edm("Schema"), {"Namespace": namespace}, nsmap={None: EDM})  # type: ignore[dict-item]  # the stubs know no default namespace
            for name in written:
                self.structured_type(element, name)
            for name in written:
                self.associations(element, name)
            if namespace == container:
                self.container(element)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)

    def structured_type(self, parent: Element, name: str) -> None:
        declared = self.schema.structured_type(name)
        assert declared is not None, "structured types alone are written"
        base = self.model.written_base(name)
        element = _sub(
            parent,
            "EntityType" if isinstance(declared, EntityType) else "ComplexType",
            Name=name.rpartition(".")[2],
            BaseType=base,
            Abstract="true" if declared.abstract else None,
        )
        _attribute(element, v2_sap.described(declared.annotations))
        if isinstance(declared, EntityType):
            self.of_entity_type(element, declared, base)
        inherited = self.model.properties(base) if base is not None else {}
        own = [part for part in self.model.properties(name).values() if part.name not in inherited]
        key = {part.path for part in self.schema.key(name)} if isinstance(declared, EntityType) else set()
        stated = self.of_members(declared) if isinstance(declared, EntityType) else {}
        for part in own:
            known = {**v2_sap.of_property(part, name, self.model), **stated.get(part.name, {})}
            self.property(element, part, part.name in key, known)
        for navigation in self.own_navigations(name).values():
            known = v2_sap.of_navigation(navigation, name, self.model) | stated.get(navigation.name, {})
            self.navigation_property(element, name, navigation, known)

    def of_entity_type(self, element: Element, declared: EntityType, base: str | None) -> None:
        if self.schema.has_stream(declared.name) and not (base is not None and self.schema.has_stream(base)):
            element.set(f"{{{METADATA}}}HasStream", "true")
        if base is None:
            key = _sub(element, "Key")
            for part in self.schema.key(declared.name):
                _sub(key, "PropertyRef", Name=part.path)

    def property(self, parent: Element, part: Property, is_key: bool, stated: v2_sap.Attributes) -> None:
        """Writes a property with the attributes that are stated of it elsewhere."""
        element = _sub(
            parent,
            "Property",
            Name=part.name,
            Type=self.model.type_name(part.type),
            Nullable="false" if is_key or not part.type.nullable else None,
            **_facets(part.type),
        )
        stated |= _of_dates(part.type)
        if annotation_value(part.annotations, COMPUTED) is True:
            stated |= {"creatable": "false", "updatable": "false"}
        if is_key or annotation_value(part.annotations, IMMUTABLE) is True:
            stated["updatable"] = "false"
        _attribute(element, stated)

    def of_members(self, declared: EntityType) -> dict[str, v2_sap.Attributes]:
        """What other members, the type, and all sets in which entities of it are say of its members, by their names."""
        stated = v2_sap.beside_others(declared, self.model)
        sources = self.model.sources_of(declared.name)
        for place, (attribute, value, _, _) in enumerate(_LISTED):
            paths = self.listed_in(sources[0].name, place) if sources else frozenset()
            for source in sources:
                paths &= self.listed_in(source.name, place)
                if not paths:
                    break
            for path in paths:
                stated.setdefault(path, {})[attribute] = value
        for path, text in v2_sap.filter_restrictions(sources).items():
            stated.setdefault(path, {})["filter-restriction"] = text
        return stated

    def _listed_in(self, name: str, place: int) -> frozenset[str]:
        """The properties that a set lists for one of `_LISTED`."""
        _, _, term, field = _LISTED[place]
        return frozenset(restricted_paths(self.model.entity_sets[name].annotations, term, field))

    def _own_navigations(self, name: str) -> Mapping[str, NavigationProperty]:
        """The navigation properties that are written at this type, by name."""
        declared = self.schema.types[name]
        if not isinstance(declared, EntityType):
            return {}
        base = self.model.written_base(name)
        inherited = self.model.navigations(base) if base is not None else {}
        known = self.model.navigations(name).values()
        return {part.name: part for part in known if part.name not in inherited and self.model.is_written(part.target)}

    def navigation_property(
        self, parent: Element, owner: str, navigation: NavigationProperty, stated: v2_sap.Attributes
    ) -> None:
        association, is_second = self.association_of(owner, navigation)
        ends = ("Second", "First") if is_second else ("First", "Second")
        element = _sub(
            parent,
            "NavigationProperty",
            Name=navigation.name,
            Relationship=association,
            FromRole=ends[0],
            ToRole=ends[1],
        )
        _attribute(element, stated)

    def association_of(self, owner: str, navigation: NavigationProperty) -> tuple[str, bool]:
        """The association of a navigation property, and whether that is named after the partner."""
        own = f"{owner}_{navigation.name}"
        partner = self.partner(owner, navigation)
        if partner is not None:
            other = f"{navigation.target}_{partner.name}"
            if other < own:
                return other, True
        return own, False

    def partner(self, owner: str, navigation: NavigationProperty) -> NavigationProperty | None:
        """The navigation property at the target that leads back, where both types write the two."""
        if not self.model.is_written(navigation.target):
            return None
        found = self.own_navigations(navigation.target).get(navigation.partner or "")
        return found if found is not None and found.target == owner and found.partner == navigation.name else None

    def associations(self, parent: Element, owner: str) -> None:
        for navigation in self.own_navigations(owner).values():
            name, is_second = self.association_of(owner, navigation)
            if is_second:
                continue
            partner = self.partner(owner, navigation)
            element = _sub(parent, "Association", Name=name.rpartition(".")[2])
            back = "*" if partner is None or partner.collection else _one(partner)
            there = "*" if navigation.collection else _one(navigation)
            _sub(element, "End", Type=owner, Multiplicity=back, Role="First")
            _sub(element, "End", Type=navigation.target, Multiplicity=there, Role="Second")
            self.constraint(element, navigation, "First", "Second", owner)
            if partner is not None and not navigation.referential_constraints:
                self.constraint(element, partner, "Second", "First", navigation.target)

    def constraint(
        self, element: Element, navigation: NavigationProperty, dependent: str, principal: str, owner: str
    ) -> None:
        pairs = [(part.property, part.referenced_property) for part in navigation.referential_constraints]
        known, others = self.model.properties(owner), self.model.properties(navigation.target)
        if not pairs or not all(own in known and other in others for own, other in pairs):
            return
        constraint = _sub(element, "ReferentialConstraint")
        for tag, role, names in (
            ("Principal", principal, [other for _, other in pairs]),
            ("Dependent", dependent, [own for own, _ in pairs]),
        ):
            side = _sub(constraint, tag, Role=role)
            for name in names:
                _sub(side, "PropertyRef", Name=name)

    def container(self, parent: Element) -> None:
        container = _sub(parent, "EntityContainer", Name=self.schema.container.name.rpartition(".")[2])
        container.set(f"{{{METADATA}}}IsDefaultEntityContainer", "true")
        for entity_set in self.model.entity_sets.values():
            self.entity_set(container, entity_set)
        for entity_set in self.model.entity_sets.values():
            self.association_sets(container, entity_set)
        for overloads in self.model.imports.values():
            self.function_import(container, overloads[0])

    def entity_set(self, parent: Element, entity_set: EntitySet) -> None:
        element = _sub(parent, "EntitySet", Name=entity_set.name, EntityType=entity_set.entity_type)
        _attribute(element, v2_sap.of_entity_set(entity_set, self.model))

    def association_sets(self, parent: Element, source: EntitySet) -> None:
        written: set[tuple[str, str]] = set()
        for owner, part in self._navigations_in(source):
            association, is_second = self.association_of(owner, part)
            target = self.model.target(source, owner, part)
            if target is None or is_second or (association, target.name) in written:
                continue
            written.add((association, target.name))
            name = f"{source.name}_{association.rpartition('.')[2]}"
            element = _sub(parent, "AssociationSet", Name=name, Association=association)
            _sub(element, "End", EntitySet=source.name, Role="First")
            _sub(element, "End", EntitySet=target.name, Role="Second")

    def _navigations_in(self, source: EntitySet) -> Iterator[tuple[str, NavigationProperty]]:
        """The navigation properties of a set's entities, each with the type that writes it."""
        seen: set[str] = set()
        for name in filter(self.model.is_written, (source.entity_type, *self.schema.derived_from(source.entity_type))):
            owner: str | None = name
            while owner is not None and owner not in seen:
                seen.add(owner)
                for navigation in self.own_navigations(owner).values():
                    yield owner, navigation
                owner = self.model.written_base(owner)

    def function_import(self, parent: Element, offered: Import) -> None:
        result = offered.result
        home = None
        if result is not None and isinstance(self.schema.types.get(result.name), EntityType):
            found = self.model.home(result.name)
            home = offered.entity_set or (found.name if found is not None else None)
        element = _sub(parent, "FunctionImport", Name=offered.name, ReturnType=self.result_name(result), EntitySet=home)
        element.set(f"{{{METADATA}}}HttpMethod", offered.method)
        _attribute(element, v2_sap.of_import(offered, self.model))
        for parameter in offered.parameters:
            child = _sub(
                element,
                "Parameter",
                Name=parameter.name,
                Type=self.model.type_name(parameter.type),
                Mode="In",
                Nullable=None if parameter.type.nullable else "false",
                **_facets(parameter.type),
            )
            _attribute(child, v2_sap.of_parameter(parameter.annotations) | _of_dates(parameter.type))

    def result_name(self, result: TypeRef | None) -> str | None:
        if result is None:
            return None
        name = self.model.type_name(result.element) or result.name
        return f"Collection({name})" if result.collection else name


def _one(navigation: NavigationProperty) -> str:
    return "0..1" if navigation.nullable else "1"


def _edm(name: str) -> str:
    return f"{{{EDM}}}{name}"


def _sub(parent: Element, tag: str, **attributes: str | None) -> Element:
    stated = {name: value for name, value in attributes.items() if value is not None}
    return etree.SubElement(parent, _edm(tag), stated)


def _of_dates(type_ref: TypeRef) -> v2_sap.Attributes:
    """What tells dates from instants, which V2 has one type for."""
    return {"display-format": "Date"} if kind_of(type_ref) is Kind.DATE else {}


def _facets(type_ref: TypeRef) -> dict[str, str | None]:
    """The facets that V2 knows too."""
    facets, kind = type_ref.primitive.facets, kind_of(type_ref)
    has_length = kind is Kind.STRING or kind is Kind.BINARY
    is_decimal = kind is Kind.DECIMAL
    has_precision = is_decimal or kind is Kind.INSTANT or kind is Kind.TIME_OF_DAY
    length, scale = facets.max_length, facets.scale if is_decimal and isinstance(facets.scale, int) else None
    precision = facets.precision if facets.precision is not None or scale is None else _WIDEST
    return {
        "MaxLength": None if not has_length or length is None else "Max" if length == "max" else str(length),
        "Precision": str(precision) if has_precision and precision is not None else None,
        "Scale": None if scale is None else str(scale),
    }


def _attribute(element: Element, stated: v2_sap.Attributes) -> None:
    """Writes attributes of the namespace `sap`."""
    for name, text in sorted(stated.items()):
        element.set(f"{{{SAP}}}{name}", text)
