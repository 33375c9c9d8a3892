"""Actions and functions as declared (CSDL 12)."""

from odata_service.edm.annotations import Annotation
from odata_service.edm.types import NOWHERE, TypeRef
from odata_service.errors import Origin
from odata_service.structs import PartlyCompared


class Parameter(PartlyCompared, frozen=True):
    """A parameter of an action or function (CSDL 12.9); the first one of a bound operation is the binding parameter."""

    name: str
    type: TypeRef
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class ReturnType(PartlyCompared, frozen=True):
    """What an operation gives back (CSDL 12.8)."""

    type: TypeRef
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class Action(PartlyCompared, frozen=True):
    """One overload of an action: it may change things (CSDL 12.1)."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    return_type: ReturnType | None = None
    bound: bool = False
    entity_set_path: str | None = None
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class Function(PartlyCompared, frozen=True):
    """One overload of a function: it gives something back and changes nothing (CSDL 12.3).

    `expression` says what it gives as URLs say it, where code has stated that: names belong to what the function is
    bound to, `@name` is a parameter.
    """

    name: str
    return_type: ReturnType
    parameters: tuple[Parameter, ...] = ()
    bound: bool = False
    composable: bool = False
    entity_set_path: str | None = None
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE
    expression: str | None = None


Operation = Action | Function
