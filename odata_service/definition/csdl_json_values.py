"""Annotations of CSDL JSON and their expressions become `Annotation`s and values (CSDL JSON 14.3, 14.4)."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from odata_service.definition.csdl_json_facets import read_type
from odata_service.definition.csdl_names import Names
from odata_service.definition.json_lines import Located
from odata_service.edm.annotations import (
    OPERATORS,
    Annotation,
    Apply,
    Conversion,
    If,
    LabeledElement,
    LabeledElementReference,
    Null,
    Operation,
    Path,
    Record,
    UrlRef,
    Value,
)
from odata_service.edm.types import TypeRef
from odata_service.errors import Problem

Members = Mapping[str, object]


class ValueReader(Struct, frozen=True):
    """Reads the annotations of one document; what is wrong goes to `report`."""

    names: Names
    located: Located
    report: Callable[[Problem], None]

    def annotations(self, holder: Members, of: str = "") -> tuple[Annotation, ...]:
        """The annotations among an object's members: its own, or those of its member `of`."""
        prefix = f"{of}@"
        names = self.located.annotations_of(holder, of)
        return tuple(self._annotation(holder, name, name[len(prefix) :]) for name in names if name != f"{prefix}type")

    def _annotation(self, holder: Members, name: str, term: str) -> Annotation:
        qualified, _, qualifier = term.partition("#")
        return Annotation(
            self.names.term(qualified, self.located.origin(holder, name)),
            self.value(holder, name),
            qualifier or None,
            self.annotations(holder, name),
            self.located.origin(holder, name),
        )

    def value(self, holder: Members, name: str) -> Value:
        """The value of a member that holds an expression."""
        return self._value(holder[name], holder, name)

    def _value(self, value: object, holder: Members, name: str) -> Value:
        match value:
            case None:
                return Null()
            case bool() | int() | Decimal() | str():
                return value
            case list():
                return tuple(self._value(member, holder, name) for member in value)
            case dict():
                return self._object(value, holder, name)
            case _:
                self.error(holder, name, f"'{name}' holds no expression.")
                return Null()

    def _object(self, value: Members, holder: Members, name: str) -> Value:
        """A dynamic expression is told by the member that names it; every other object is a record."""
        for member in value:
            operator = member.removeprefix("$")
            if member.startswith("$") and operator in OPERATORS:
                return self._operation(operator, value, member)
            read = _READERS.get(member)
            if read is not None:
                return read(self, value)
        return self._record(value)

    def _operation(self, operator: str, value: Members, member: str) -> Operation:
        stated = value[member]
        is_list = isinstance(stated, list) and OPERATORS[operator] > 1
        operands = self._operands(value, member) if is_list else (self.value(value, member),)
        if len(operands) != OPERATORS[operator]:
            self.error(value, member, f"{member} takes {OPERATORS[operator]} expressions, and has {len(operands)}.")
        return Operation(operator, operands, self.annotations(value))

    def _operands(self, value: Members, member: str) -> tuple[Value, ...]:
        found = self.value(value, member)
        if isinstance(found, tuple):
            return found
        self.error(value, member, f"{member} takes an array of expressions.")
        return (found,)

    def _record(self, value: Members) -> Record:
        stated = value.get("@type")
        type_name = stated.removeprefix("#") if isinstance(stated, str) else None
        names = [name for name in value if "@" not in name]
        annotations = {name: own for name in names if (own := self.annotations(value, name))}
        return Record(
            {name: self.value(value, name) for name in names},
            self.names.qualified(type_name) if type_name else None,
            self.annotations(value),
            annotations,
        )

    def path(self, value: Members) -> Path:
        """`$Path`."""
        return Path(self.names.path(self.text(value, "$Path")), annotations=self.annotations(value))

    def null(self, value: Members) -> Null:
        """`$Null`."""
        return Null(self.annotations(value))

    def url(self, value: Members) -> UrlRef:
        """`$UrlRef`."""
        return UrlRef(self.value(value, "$UrlRef"), self.annotations(value))

    def labeled(self, value: Members) -> LabeledElement:
        """`$LabeledElement`."""
        name = self.names.qualified(self.text(value, "$Name"))
        return LabeledElement(name, self.value(value, "$LabeledElement"), self.annotations(value))

    def labeled_reference(self, value: Members) -> LabeledElementReference:
        """`$LabeledElementReference`."""
        name = self.names.qualified(self.text(value, "$LabeledElementReference"))
        return LabeledElementReference(name, self.annotations(value))

    def apply(self, value: Members) -> Apply:
        """`$Apply`."""
        function = self.names.qualified(self.text(value, "$Function"))
        return Apply(function, self._operands(value, "$Apply"), self.annotations(value))

    def cast(self, value: Members) -> Conversion:
        """`$Cast`."""
        return Conversion("Cast", self._type(value), self.value(value, "$Cast"), self.annotations(value))

    def is_of(self, value: Members) -> Conversion:
        """`$IsOf`."""
        return Conversion("IsOf", self._type(value), self.value(value, "$IsOf"), self.annotations(value))

    def _type(self, value: Members) -> TypeRef:
        return replace(read_type(value, self.names, lambda name, text: self.error(value, name, text)), nullable=True)

    def condition(self, value: Members) -> Value:
        """`$If`."""
        operands = self._operands(value, "$If")
        if len(operands) not in (2, 3):
            self.error(value, "$If", f"$If takes two or three expressions, and has {len(operands)}.")
            return Null()
        return If(operands[0], operands[1], operands[2] if len(operands) == 3 else None, self.annotations(value))

    def text(self, holder: Members, name: str) -> str:
        """The text of a member that must be one."""
        value = holder.get(name)
        if isinstance(value, str):
            return value
        self.error(holder, name, f"{name} must be a string.")
        return ""

    def error(self, holder: Members, name: str, message: str) -> None:
        """Notes what is wrong with a member of an object."""
        self.report(Problem("error", message, self.located.origin(holder, name)))


_READERS: dict[str, Callable[[ValueReader, Members], Value]] = {
    "$Path": ValueReader.path,
    "$Null": ValueReader.null,
    "$UrlRef": ValueReader.url,
    "$LabeledElement": ValueReader.labeled,
    "$LabeledElementReference": ValueReader.labeled_reference,
    "$Apply": ValueReader.apply,
    "$Cast": ValueReader.cast,
    "$IsOf": ValueReader.is_of,
    "$If": ValueReader.condition,
}
