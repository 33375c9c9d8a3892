"""Which members each object of CSDL JSON has: one table, and the check of a document against it (CSDL JSON 3 to 13)."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from odata_service.definition.csdl_document import VERSIONS
from odata_service.definition.json_lines import Located
from odata_service.errors import Hints, Problem

Members = Mapping[str, object]

_FACETS = "$MaxLength:number $Precision:number $Scale $SRID $Unicode:flag"
_TYPED = f"$Type:text $Collection:flag $Nullable:flag {_FACETS}"
_STRUCTURED = "$Kind:text $BaseType:text $Abstract:flag $OpenType:flag"
_OPERATION = "$Kind:text $IsBound:flag $EntitySetPath:text $Parameter:array $ReturnType:object"

_TABLE = {
    "document": "$Version!:text $EntityContainer:text $Reference:object",
    "reference": "$Include:array $IncludeAnnotations:array",
    "include": "$Namespace!:text $Alias:text",
    "include of annotations": "$TermNamespace!:text $Qualifier:text $TargetNamespace:text",
    "schema": "$Alias:text $Annotations:object",
    "EntityType": f"{_STRUCTURED} $HasStream:flag $Key:array",
    "ComplexType": _STRUCTURED,
    "Property": f"$Kind:text {_TYPED} $DefaultValue",
    "NavigationProperty": (
        "$Kind:text $Type!:text $Collection:flag $Nullable:flag $Partner:text $ContainsTarget:flag "
        "$ReferentialConstraint:object $OnDelete:text"
    ),
    "EnumType": "$Kind:text $IsFlags:flag $UnderlyingType:text",
    "TypeDefinition": f"$Kind:text $UnderlyingType!:text {_FACETS}",
    "Term": f"$Kind:text {_TYPED} $DefaultValue $BaseTerm:text $AppliesTo:array",
    "Action": _OPERATION,
    "Function": f"{_OPERATION} $IsComposable:flag",
    "parameter": f"$Name!:text {_TYPED}",
    "return type": _TYPED,
    "EntityContainer": "$Kind:text $Extends:text",
    "entity set": ("$Collection:flag $Type!:text $NavigationPropertyBinding:object $IncludeInServiceDocument:flag"),
    "singleton": "$Type!:text $Nullable:flag $NavigationPropertyBinding:object",
    "action import": "$Action!:text $EntitySet:text",
    "function import": "$Function!:text $EntitySet:text $IncludeInServiceDocument:flag",
}
_SHAPES: dict[str, tuple[type, str]] = {
    "text": (str, "a string"),
    "flag": (bool, "true or false"),
    "number": (int, "a whole number"),
    "array": (list, "an array"),
    "object": (dict, "an object"),
}


class Rule(Struct, frozen=True):
    """The members that an object must have, and those that it may have with the shapes of their values."""

    required: frozenset[str]
    members: Mapping[str, str]


def _rule(text: str) -> Rule:
    stated = [part.partition(":")[::2] for part in text.split()]
    required = frozenset(name[:-1] for name, _ in stated if name.endswith("!"))
    return Rule(required, {name.rstrip("!"): shape for name, shape in stated})


RULES = {kind: _rule(text) for kind, text in _TABLE.items()}


def grammar_problems(located: Located) -> Iterator[Problem]:
    """Where a document does not follow the table: what is missing or misshapen is an error, what is unknown not."""
    hints = Hints()
    version = located.root.get("$Version")
    if isinstance(version, str) and version not in VERSIONS:
        message = f"The document is of $Version '{version}', and {' and '.join(VERSIONS)} are read."
        yield Problem("error", message, located.origin(located.root, "$Version"))
    for kind, value, name in _objects(located.root):
        yield from _member_problems(kind, value, name, located, hints)


def _member_problems(kind: str, value: Members, name: str, located: Located, hints: Hints) -> Iterator[Problem]:
    rule = RULES[kind]
    first = next(iter(value), "")
    if "" in value:
        yield Problem("error", f"A member of '{name}' ({kind}) has no name.", located.origin(value, ""))
    for missing in sorted(member for member in rule.required if value.get(member, "") == ""):
        yield Problem("error", f"'{name}' ({kind}) needs {missing}.", located.origin(value, first))
    for member, found in value.items():
        if not member.startswith("$") or "@" in member:
            continue
        if member not in rule.members:
            message = f"'{member}' is no member of '{name}' ({kind}), so it is passed over."
            yield Problem(
                "warning", f"{message}{hints.nearest(member, list(rule.members))}", located.origin(value, member)
            )
        elif rule.members[member]:
            shape, words = _SHAPES[rule.members[member]]
            if not isinstance(found, shape) or (shape is int and isinstance(found, bool)):
                yield Problem("error", f"{member} must be {words}.", located.origin(value, member))


def _objects(root: Members) -> Iterator[tuple[str, Members, str]]:
    """Every object of a document that has a kind, with its kind and name."""
    yield "document", root, "the document"
    for uri, reference in _named(root.get("$Reference")):
        yield "reference", reference, uri
        for include in _each(reference.get("$Include")):
            yield "include", include, uri
        for include in _each(reference.get("$IncludeAnnotations")):
            yield "include of annotations", include, uri
    for namespace, schema in _named(root):
        yield "schema", schema, namespace
        for name, part in schema.items():
            if isinstance(part, dict) and "@" not in name and not name.startswith("$"):
                yield from _of_part(name, part)
            elif isinstance(part, list) and "@" not in name:
                yield from _of_operations(name, part)


def _of_part(name: str, part: Members) -> Iterator[tuple[str, Members, str]]:
    kind = part.get("$Kind")
    if not isinstance(kind, str) or kind not in RULES:
        return
    yield kind, part, name
    if kind in ("EntityType", "ComplexType"):
        for inner, member in _named(part):
            yield ("NavigationProperty" if member.get("$Kind") == "NavigationProperty" else "Property"), member, inner
    elif kind == "EntityContainer":
        for inner, child in _named(part):
            yield _child_kind(child), child, inner


def _child_kind(child: Members) -> str:
    if "$Action" in child:
        return "action import"
    if "$Function" in child:
        return "function import"
    return "entity set" if child.get("$Collection") is True else "singleton"


def _of_operations(name: str, overloads: list[object]) -> Iterator[tuple[str, Members, str]]:
    for overload in _each(overloads):
        kind = overload.get("$Kind")
        if kind in ("Action", "Function"):
            yield str(kind), overload, name
            for parameter in _each(overload.get("$Parameter")):
                yield "parameter", parameter, name
            returned = overload.get("$ReturnType")
            if isinstance(returned, dict):
                yield "return type", returned, name


def _named(value: object) -> Iterator[tuple[str, Members]]:
    if isinstance(value, dict):
        yield from (
            (name, member)
            for name, member in value.items()
            if isinstance(member, dict) and "@" not in name and not name.startswith("$")
        )


def _each(value: object) -> Iterator[Members]:
    if isinstance(value, list):
        yield from (member for member in value if isinstance(member, dict))
