"""What strict readers of `$metadata` refuse, and what makes them slow: each fault with its line.

One refused element hides all tables from Excel's reader (CSDL 4.0).
"""

from collections.abc import Callable, Iterator

from odata_service.definition.safe_xml import Element
from odata_service.doctor.findings import Finding, Severity
from odata_service.doctor.grammar import (
    ABSTRACT,
    ANNOTATION,
    CHILDREN,
    EDM,
    FACETS,
    KEY_TYPES,
    ONLY_IN_401,
)
from odata_service.doctor.model import Declared, Member, Model, is_edm, local, schemas_of
from odata_service.edm.types import PRIMITIVE_TYPES

_FILTER_FUNCTIONS = "FilterFunctions"
_EXCEL = ("Excel", "Power Query")
_POWER_BI = ("Power BI",)
_FIRST = ("Power Query 1.0",)
_STRICT = ("strict readers", "LINQPad")


def faults_of(root: Element, model: Model) -> Iterator[Finding[Element]]:
    """Every fault of a document, rule by rule."""
    for rule in _RULES:
        yield from rule(root, model)


def _elements(root: Element, model: Model) -> Iterator[Finding[Element]]:
    for schema in schemas_of(root):
        for element in schema.iter():
            parent, name = element.getparent(), local(element)
            if parent is None or not is_edm(element) or not is_edm(parent) or local(parent) not in CHILDREN:
                continue
            if name not in CHILDREN[local(parent)] and element is not schema:
                yield Finding(
                    Severity.FAILS,
                    _EXCEL,
                    "UnexpectedXmlElement",
                    f"'{name}' does not stand in '{local(parent)}'.",
                    "The reader refuses the whole document for one element that CSDL 4.0 does not have there.",
                    element,
                    f"There may be {', '.join(sorted(CHILDREN[local(parent)])) or 'nothing'}.",
                )


def _facets(root: Element, model: Model) -> Iterator[Finding[Element]]:
    for element in root.iter(*(f"{{{EDM}}}{name}" for name in ("Property", "Parameter", "ReturnType", "Term"))):
        stated = element.get("Type", "")
        name = stated.removeprefix("Collection(").removesuffix(")")
        for facet, types in FACETS.items():
            if element.get(facet) is not None and name in PRIMITIVE_TYPES and name not in types:
                yield Finding(
                    Severity.FAILS,
                    _EXCEL,
                    "UnexpectedXmlAttribute",
                    f"{facet} says nothing of {name}.",
                    "The reader refuses a facet where its type has none.",
                    element,
                    f"Leave {facet} out; it goes with {', '.join(sorted(types))}.",
                )


def _type_names(root: Element, model: Model) -> Iterator[Finding[Element]]:
    for element in root.iter(f"{{{EDM}}}*"):
        if local(element) in {"Annotation", "Record", "Cast", "IsOf", "Apply", "EnumMember"}:
            continue
        for attribute in ("Type", "BaseType", "EntityType", "UnderlyingType"):
            stated = element.get(attribute)
            if stated is None:
                continue
            name = stated.removeprefix("Collection(").removesuffix(")")
            if not model.knows(name):
                yield Finding(
                    Severity.FAILS,
                    (*_EXCEL, "OpenUI5", "odata2ts", "LINQPad"),
                    "UnknownType",
                    f"'{name}' is no type of this document.",
                    "Every type that is named must be there, else the whole document is refused.",
                    element,
                    "Declare the type, or the alias that begins its name.",
                )
            elif name in ONLY_IN_401:
                yield Finding(
                    Severity.FAILS,
                    _EXCEL,
                    "NewerType",
                    f"{name} is a type of OData 4.01.",
                    "Readers of 4.0 do not know it, and refuse the whole document.",
                    element,
                    "Answer clients that say OData-MaxVersion: 4.0 without it.",
                )


def _keys(root: Element, model: Model) -> Iterator[Finding[Element]]:
    for declared in model.types.values():
        if declared.kind == "EntityType":
            members = model.members(declared.name)
            for path in declared.key:
                yield from _key(declared, path, members.get(path), model)
    for member in model.sets.values():
        known = model.types.get(model.resolved(member.type))
        if known is not None and not model.key(known.name):
            yield Finding(
                Severity.FAILS,
                _EXCEL,
                "NoKey",
                f"Entity set '{member.name}' has a type without a key, '{known.name}'.",
                "Entities of a set are told apart by their keys.",
                known.element,
                "Add a Key element.",
            )


def _key(declared: Declared, path: str, member: Member | None, model: Model) -> Iterator[Finding[Element]]:
    if "/" in path:
        return
    why = "A key is made of primitive properties that are never null."
    if member is None:
        message, hint = f"The key names '{path}', which the type does not have.", "Name a property of the type."
        yield Finding(Severity.FAILS, _EXCEL, "InvalidKey", message, why, declared.element, hint)
        return
    if member.nullable:
        message, hint = f"Key property '{path}' may be null.", 'Write Nullable="false".'
    elif not _may_be_key(member.type, model):
        message, hint = f"Key property '{path}' is of type {member.type}.", "Take a primitive type that a key may have."
    else:
        return
    yield Finding(Severity.HINDERS, _STRICT, "InvalidKey", message, why, member.element, hint)


def _may_be_key(name: str, model: Model) -> bool:
    found = model.types.get(model.resolved(name))
    return name in KEY_TYPES or (found is not None and found.kind in {"EnumType", "TypeDefinition"})


def _names(root: Element, model: Model) -> Iterator[Finding[Element]]:
    for declared in model.types.values():
        seen: dict[str, str] = {}
        parts = [part for part in declared.element if local(part) in {"Property", "NavigationProperty"}]
        for part in parts:
            name = part.get("Name", "")
            known = seen.setdefault(name.lower(), name)
            is_first = known is name
            if not is_first and known == name:
                why = "No type has two properties of one name."
                yield Finding(Severity.FAILS, _EXCEL, "DoubledName", f"'{name}' is declared twice.", why, part)
            elif not is_first:
                yield Finding(
                    Severity.FAILS,
                    _POWER_BI,
                    "NamesAlike",
                    f"'{known}' and '{name}' differ in case alone.",
                    "Columns of Power BI's model do not tell case apart: loading fails.",
                    part,
                    "Rename one of them.",
                )


def _bindings(root: Element, model: Model) -> Iterator[Finding[Element]]:
    for member in (*model.sets.values(), *model.singletons.values()):
        bound = {}
        for part in member.element:
            if local(part) == "NavigationPropertyBinding":
                bound[part.get("Path", "")] = part
                yield from _binding(member, part, model)
        yield from _unbound(member, set(bound), model)


def _binding(member: Member, part: Element, model: Model) -> Iterator[Finding[Element]]:
    path, target = part.get("Path", ""), part.get("Target", "")
    names = model.navigations(member.type).keys() | model.members(member.type).keys()
    first = path.partition("/")[0]
    wrong = ""
    if first not in names and "." not in first:
        wrong = f"Path '{path}' begins with nothing that '{member.type}' has."
    elif "/" not in target and "." not in target and target not in {*model.sets, *model.singletons}:
        wrong = f"Target '{target}' is no entity set or singleton."
    if wrong:
        why = "A binding leads from a navigation property to an entity set or a singleton: such a column does not open."
        yield Finding(Severity.HINDERS, _EXCEL, "InvalidBinding", wrong, why, part)


def _unbound(member: Member, bound: set[str], model: Model) -> Iterator[Finding[Element]]:
    for name, navigation in model.navigations(member.type).items():
        contained = navigation.element.get("ContainsTarget") == "true"
        if not contained and not any(path == name or path.endswith(f"/{name}") for path in bound):
            yield Finding(
                Severity.HINDERS,
                _EXCEL,
                "Unbound",
                f"'{name}' of entity set '{member.name}' leads to no entity set.",
                "Expanding such a column asks for it row by row, or fails.",
                navigation.element,
                f'Add NavigationPropertyBinding Path="{name}" to the entity set.',
            )


def _constraints(root: Element, model: Model) -> Iterator[Finding[Element]]:
    for declared in model.types.values():
        own = model.members(declared.name)
        for navigation in declared.navigations.values():
            others = model.members(navigation.element_type)
            for part in navigation.element:
                if local(part) != "ReferentialConstraint":
                    continue
                ends = own.get(part.get("Property", "")), others.get(part.get("ReferencedProperty", ""))
                if "/" in part.get("Property", "") + part.get("ReferencedProperty", ""):
                    continue
                if None in ends or (ends[0] and ends[1] and ends[0].type != ends[1].type):
                    yield Finding(
                        Severity.HINDERS,
                        _EXCEL,
                        "InvalidConstraint",
                        "A ReferentialConstraint names properties that are not there, or of two types.",
                        "Tables are related by two properties of one type; these are not proposed as such.",
                        part,
                    )


def _first_reader(root: Element, model: Model) -> Iterator[Finding[Element]]:
    for declared in model.types.values():
        if declared.kind == "ComplexType":
            for navigation in declared.navigations.values():
                yield Finding(
                    Severity.HINDERS,
                    _FIRST,
                    "NavigationInComplexType",
                    f"Complex type '{declared.name}' has a navigation property.",
                    'Excel\'s older reader refuses the document; Implementation="2.0" reads it.',
                    navigation.element,
                    'Tell users to write OData.Feed(url, null, [Implementation="2.0"]).',
                )


def _container(root: Element, model: Model) -> Iterator[Finding[Element]]:
    if len(model.containers) != 1:
        yield Finding(
            Severity.FAILS,
            (*_EXCEL, "edmx-parser"),
            "NoContainer",
            f"The document has {len(model.containers)} entity containers.",
            "One container names the entity sets of a service.",
            model.containers[1] if model.containers else root,
        )
    for member in (*model.sets.values(), *model.singletons.values()):
        found = model.types.get(model.resolved(member.type))
        if found is not None and found.kind != "EntityType":
            why = "Entity sets and singletons hold entities."
            message = f"'{member.name}' is of '{member.type}', which is no entity type."
            yield Finding(Severity.FAILS, _EXCEL, "NoEntityType", message, why, member.element)


def _folding(root: Element, model: Model) -> Iterator[Finding[Element]]:
    terms = (element.get("Term", "") for element in root.iter(f"{{{EDM}}}{ANNOTATION}"))
    if model.sets and not any(term.rpartition(".")[2] == _FILTER_FUNCTIONS for term in terms):
        yield Finding(
            Severity.HINDERS,
            _EXCEL,
            "FilterFunctions",
            "Org.OData.Capabilities.V1.FilterFunctions is not stated.",
            "Without it filters such as Text.Contains are not sent: all rows come over, and the client filters.",
            model.containers[0] if model.containers else root,
            "Annotate the container and the sets with the functions that $filter takes.",
        )


def _abstract(root: Element, model: Model) -> Iterator[Finding[Element]]:
    for declared in model.types.values():
        for member in declared.properties.values():
            if member.element_type in ABSTRACT:
                why = "A reader of 4.0 does not know what values such a property has."
                message = f"'{member.name}' is of the abstract type {member.element_type}."
                yield Finding(Severity.HINDERS, _EXCEL, "AbstractType", message, why, member.element)


_RULES: tuple[Callable[[Element, Model], Iterator[Finding[Element]]], ...] = (
    _elements,
    _facets,
    _type_names,
    _keys,
    _names,
    _bindings,
    _constraints,
    _first_reader,
    _container,
    _folding,
    _abstract,
)
