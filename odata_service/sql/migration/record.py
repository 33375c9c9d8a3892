"""What columns keep, written down as JSON: a database's own types tell a text that is a Decimal from no other text."""

from collections.abc import Mapping

from odata_service.edm.model import EnumType, Member
from odata_service.edm.types import Facets, TypeRef, applicable_facets, kind_of

Described = dict[str, object]

_NONE = Facets()
_FACETS = Facets.__struct_fields__


def describe(type_ref: TypeRef) -> Described:
    """A type as JSON has it; of a type definition what stands behind it.

    >>> describe(TypeRef("Edm.Decimal", facets=Facets(precision=10, scale=2)))
    {'type': 'Edm.Decimal', 'precision': 10, 'scale': 2}
    """
    plain = type_ref.primitive
    facets = applicable_facets(plain.facets, kind_of(plain.element))
    described: Described = {"type": plain.name}
    if facets != _NONE:
        described |= {name: value for name in _FACETS if (value := getattr(facets, name)) is not None}
    if plain.collection:
        described["collection"] = True
    if plain.definition is not None and plain.definition.values is not None:
        described |= {"members": dict(plain.definition.values), "underlying": plain.definition.underlying}
        if plain.definition.is_flags:
            described["flags"] = True
    return described


def described(found: Mapping[str, object]) -> TypeRef:
    """The type that a description stands for, the inverse of `describe`."""
    name, members = str(found["type"]), found.get("members")
    definition = None
    if isinstance(members, dict):
        listed = tuple(Member(str(member), int(number)) for member, number in members.items())
        definition = EnumType(name, listed, str(found["underlying"]), is_flags=bool(found.get("flags")))
    facets = Facets(**{name: found[name] for name in _FACETS if name in found})  # type: ignore[arg-type]  # as `describe` wrote them
    return TypeRef(name, bool(found.get("collection")), facets=facets, definition=definition)


def shown_type(type_ref: TypeRef) -> str:
    """A type with its facets, for people.

    >>> shown_type(TypeRef("Edm.String", facets=Facets(max_length=20))), shown_type(TypeRef("Edm.Date", True))
    ('Edm.String (max_length 20)', 'Collection(Edm.Date)')
    """
    facets = applicable_facets(type_ref.primitive.facets, kind_of(type_ref.element))
    found = ((name, getattr(facets, name)) for name in _FACETS)
    stated = ", ".join(f"{name} {value}" for name, value in found if value is not None)
    return f"{type_ref} ({stated})" if stated else str(type_ref)


def keeps_alike(one: TypeRef, other: TypeRef) -> bool:
    """Whether columns of two types keep the same values in the same form, whatever enumerations are called."""
    if one.definition is None and other.definition is None:
        if one.name != other.name or one.collection != other.collection:
            return False
        if one.facets == other.facets:
            return True
    return _nameless(describe(one)) == _nameless(describe(other))


def _nameless(described: Described) -> Described:
    return {**described, "type": "enumeration"} if "members" in described else described
