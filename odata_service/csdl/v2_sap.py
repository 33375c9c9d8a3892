"""Annotations of V4 as attributes of the namespace `sap`, which stand for them in documents of V2: one table for each
kind of element. What stands for its default is not written.

The reader of V2 documents makes the same annotations of the same attributes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from odata_service.csdl.v2_model import Import, V2Model
from odata_service.edm.annotations import (
    CAPABILITIES,
    CORE,
    DESCRIPTION,
    LONG_DESCRIPTION,
    MEASURES,
    OPERATION_AVAILABLE,
    RECURSIVE_HIERARCHY,
    SAP_ANALYTICS,
    SAP_COMMON,
    SAP_COMMUNICATION,
    SAP_HIERARCHY,
    SAP_UI,
    Annotation,
    Path,
    Record,
    Value,
)
from odata_service.edm.capabilities import path_text
from odata_service.edm.model import EntitySet, EntityType, NavigationProperty, Property
from odata_service.edm.searched import is_searchable, is_searched

Attributes = dict[str, str]
Write = Callable[[Value], str | None]


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _path(value: Value) -> str | None:
    return value.path if isinstance(value, Path) else None


def _tag(text: str) -> Write:
    return lambda value: text if value is True else None


_DESCRIBED: tuple[tuple[str, str, Write], ...] = (
    (f"{SAP_COMMON}.Label", "label", _text),
    (DESCRIPTION, "label", _text),
    (f"{SAP_COMMON}.QuickInfo", "quickinfo", _text),
    (LONG_DESCRIPTION, "quickinfo", _text),
    (f"{SAP_COMMON}.Heading", "heading", _text),
)
_OF_PROPERTY: tuple[tuple[str, str, Write], ...] = (
    (f"{SAP_COMMON}.Text", "text", _path),
    (f"{MEASURES}.ISOCurrency", "unit", _path),
    (f"{MEASURES}.Unit", "unit", _path),
    (f"{MEASURES}.Scale", "precision", _path),
    (f"{SAP_COMMON}.FieldControl", "field-control", _path),
    (f"{SAP_UI}.Hidden", "visible", _tag("false")),
    (f"{SAP_COMMON}.IsUpperCase", "display-format", _tag("UpperCase")),
    (f"{SAP_COMMON}.IsDigitSequence", "display-format", _tag("NonNegative")),
    (f"{SAP_ANALYTICS}.Dimension", "aggregation-role", _tag("dimension")),
    (f"{SAP_ANALYTICS}.Measure", "aggregation-role", _tag("measure")),
    (f"{SAP_COMMON}.IsCurrency", "semantics", _tag("currency-code")),
    (f"{SAP_COMMON}.IsUnit", "semantics", _tag("unit-of-measure")),
    (f"{SAP_COMMUNICATION}.IsPhoneNumber", "semantics", _tag("tel")),
    (f"{SAP_COMMUNICATION}.IsEmailAddress", "semantics", _tag("email")),
    (f"{CORE}.IsURL", "semantics", _tag("url")),
    *(
        (f"{SAP_COMMON}.{term}", "semantics", _tag(text))
        for term, text in (
            ("IsCalendarYear", "year"),
            ("IsCalendarYearMonth", "yearmonth"),
            ("IsCalendarDate", "yearmonthday"),
            ("IsFiscalYear", "fiscalyear"),
            ("IsFiscalYearPeriod", "fiscalyearperiod"),
        )
    ),
)
"""Terms with the attributes that stand for them, and what writes the value: of two for one attribute the first does."""

_PATHS = frozenset({"text", "unit", "precision", "field-control"})
_UNITS = ((f"{MEASURES}.ISOCurrency", "currency-code"), (f"{MEASURES}.Unit", "unit-of-measure"))
_RESTRICTED: tuple[tuple[str, str, str, bool | str, str], ...] = (
    ("requires-filter", "FilterRestrictions", "RequiresFilter", True, "true"),
    ("countable", "CountRestrictions", "Countable", False, "false"),
    ("creatable-path", "InsertRestrictions", "Insertable", "", ""),
    ("updatable-path", "UpdateRestrictions", "Updatable", "", ""),
    ("deletable-path", "DeleteRestrictions", "Deletable", "", ""),
)
"""Attributes of sets: the term, the member of its record, the value that is written, "" for a path, and how."""

_NAVIGATION = (("creatable", "InsertRestrictions", "Insertable"), ("filterable", "FilterRestrictions", "Filterable"))
_EXPRESSIONS = {"SingleValue": "single-value", "MultiValue": "multi-value", "SingleRange": "interval"}
_HIERARCHY = {
    "ExternalKey": "hierarchy-node-external-key-for",
    "DistanceFromRoot": "hierarchy-level-for",
    "DrillState": "hierarchy-drill-state-for",
}
"""What V2 says of hierarchies, but counts and ranks, which are those of an answer: OpenUI5 would count on them."""


def described(annotations: Sequence[Annotation]) -> Attributes:
    """The label and the longer text that any element has."""
    return _written(annotations, _DESCRIBED)


def of_property(part: Property, owner: str, model: V2Model) -> Attributes:
    """What is said of a property of a type; of others beside it those alone that V2 shows."""
    written = _written(part.annotations, (*_DESCRIBED, *_OF_PROPERTY))
    known = model.properties(owner).keys()
    return {name: text for name, text in written.items() if name not in _PATHS or text in known}


def of_parameter(annotations: Sequence[Annotation]) -> Attributes:
    """What is said of a parameter, which has no others beside it."""
    written = _written(annotations, (*_DESCRIBED, *_OF_PROPERTY))
    return {name: text for name, text in written.items() if name not in _PATHS}


def of_import(offered: Import, model: V2Model) -> Attributes:
    """What is said of a function import; of one that is bound to entities also of which, and which of them take it."""
    written = described(offered.operation.annotations)
    if offered.home is not None:
        binding = offered.operation.parameters[0]
        written["action-for"] = binding.type.name
        available = _stated(offered.operation.annotations).get(OPERATION_AVAILABLE)
        owner, _, name = (_path(available) or "").partition("/") if available is not None else ("", "", "")
        if owner == binding.name and name in model.properties(binding.type.name):
            written["applicable-path"] = name
    return written


def of_entity_set(entity_set: EntitySet, model: V2Model) -> Attributes:
    """What a set allows."""
    allowed = entity_set.capabilities
    is_open = {
        "creatable": allowed.insertable,
        "updatable": allowed.updatable,
        "deletable": allowed.deletable,
        "addressable": allowed.readable and entity_set.include_in_service_document,
    }
    written = described(entity_set.annotations)
    written |= {name: "false" for name, is_allowed in is_open.items() if not is_allowed}
    if is_searchable(entity_set) and is_searched(entity_set.entity_type, model.schema):
        written["searchable"] = "true"
    stated = _stated(entity_set.annotations)
    for name, term, member, wanted, text in _RESTRICTED:
        record = stated.get(f"{CAPABILITIES}.{term}")
        value = record.values.get(member) if isinstance(record, Record) else None
        if wanted == "" and isinstance(value, Path):
            written[name] = value.path
        elif value == wanted and value is not None and wanted != "":
            written[name] = text
    if stated.get(f"{CAPABILITIES}.TopSupported") is False:
        written["pageable" if stated.get(f"{CAPABILITIES}.SkipSupported") is False else "topable"] = "false"
    return written


def of_navigation(navigation: NavigationProperty, owner: str, model: V2Model) -> Attributes:
    """What is said of a navigation property, and what none of the sets lets do along it."""
    written = described(navigation.annotations)
    sources = model.sources_of(owner)
    for name, term, member in _NAVIGATION:
        if sources and all(_is_closed(source, navigation.name, term, member) for source in sources):
            written[name] = "false"
    return written


def filter_restrictions(sources: Sequence[EntitySet]) -> Mapping[str, str]:
    """How the properties of entities may be filtered by, where all their sets say the same, by their names."""
    same = dict(_filtered(sources[0])) if sources else {}
    for source in sources[1:]:
        if not same:
            break  # of a base type there may be thousands
        known = dict(_filtered(source))
        same = {name: text for name, text in same.items() if known.get(name) == text}
    return same


def beside_others(declared: EntityType, model: V2Model) -> dict[str, Attributes]:
    """What annotations of other members and of the type itself say of the members of an entity type, by their names."""
    found: dict[str, Attributes] = {}
    for part in model.properties(declared.name).values():
        stated = _stated(part.annotations)
        for term, text in _UNITS:
            unit = stated.get(term)
            if isinstance(unit, Path):
                found.setdefault(unit.path, {})["semantics"] = text
    for annotation in declared.annotations:
        if isinstance(annotation.value, Record):
            for name, attribute, node in _hierarchy(annotation, annotation.value, declared, model):
                found.setdefault(name, {})[attribute] = node
    return found


def _hierarchy(
    annotation: Annotation, record: Record, declared: EntityType, model: V2Model
) -> Iterator[tuple[str, str, str]]:
    """The members that a hierarchy is made of, each with its attribute and the property that names nodes."""
    if annotation.term == RECURSIVE_HIERARCHY:
        node = path_text(record.values.get("NodeProperty"))
        navigation = model.navigations(declared.name).get(
            path_text(record.values.get("ParentNavigationProperty")) or ""
        )
        if node is None or navigation is None:
            return
        yield node, "hierarchy-node-for", node
        yield navigation.name, "hierarchy-parent-navigation-for", node
        for constraint in navigation.referential_constraints:
            if constraint.referenced_property == node:
                yield constraint.property, "hierarchy-parent-node-for", node
    elif annotation.term == f"{SAP_HIERARCHY}.RecursiveHierarchy":
        bases = (known for known in declared.annotations if known.term == RECURSIVE_HIERARCHY)
        base = next((known.value for known in bases if known.qualifier == annotation.qualifier), None)
        node = path_text(base.values.get("NodeProperty")) if isinstance(base, Record) else annotation.qualifier
        for member, attribute in _HIERARCHY.items():
            name = path_text(record.values.get(member))
            if name is not None and node is not None:
                yield name, attribute, node


def _written(annotations: Sequence[Annotation], table: Sequence[tuple[str, str, Write]]) -> Attributes:
    if not annotations:
        return {}
    stated = _stated(annotations)
    written: Attributes = {}
    for term, attribute, write in table:
        if term in stated and attribute not in written and (text := write(stated[term])) is not None:
            written[attribute] = text
    return written


def _stated(annotations: Sequence[Annotation]) -> Mapping[str, Value]:
    """The values of terms, the first of each."""
    return {annotation.term: annotation.value for annotation in reversed(annotations)}


def _is_closed(source: EntitySet, path: str, term: str, member: str) -> bool:
    """Whether a set says of what a navigation property leads to that something is not done there."""
    for name, record in _records(source, "NavigationRestrictions", "RestrictedProperties", "NavigationProperty"):
        restriction = record.values.get(term)
        if name == path and isinstance(restriction, Record) and restriction.values.get(member) is False:
            return True
    return False


def _filtered(source: EntitySet) -> Iterator[tuple[str, str]]:
    for name, record in _records(source, "FilterRestrictions", "FilterExpressionRestrictions", "Property"):
        text = _EXPRESSIONS.get(str(record.values.get("AllowedExpressions")))
        if text is not None:
            yield name, text


def _records(source: EntitySet, term: str, member: str, named: str) -> Iterator[tuple[str, Record]]:
    """The records that a restriction lists, each with the path that it is about."""
    stated = _stated(source.annotations).get(f"{CAPABILITIES}.{term}")
    listed = stated.values.get(member) if isinstance(stated, Record) else None
    for record in listed if isinstance(listed, tuple) else ():
        if isinstance(record, Record) and (name := path_text(record.values.get(named))) is not None:
            yield name, record
