"""Requests of API pages that call something in, actions and functions out (CSDL 12).

`POST …/accept` is an action, `GET …/delta` or `…/getReport(period='{p}')` a function, bound to what stands before it.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.definition.api_page import KEY, ApiPage, call_of
from odata_service.definition.exposure import Exposure
from odata_service.definition.paths import Call, Node, links_by_api
from odata_service.definition.resource_page import MemberRow, MethodRow, ResourcePage
from odata_service.definition.type_cell import TypeCell, inferred_type, type_ref
from odata_service.edm.annotations import DESCRIPTION, Annotation
from odata_service.edm.model import ActionImport, FunctionImport
from odata_service.edm.operations import Action, Function, Operation, Parameter, ReturnType
from odata_service.edm.types import IDENTIFIER, TypeRef
from odata_service.errors import Origin, Problem

NameOf = Callable[[TypeCell, ResourcePage | None], str]
"""The qualified name of a cell's type on a page; Edm.String where it is not known."""

BINDING = "bindingParameter"


class Operations(Struct):
    """The operations that the paths show, and what was found on the way."""

    exposure: Exposure
    name_of: NameOf
    default_namespace: str
    found: list[Operation] = field(default_factory=list)
    imports: list[ActionImport | FunctionImport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _seen: set[tuple[object, ...]] = field(default_factory=set)
    _noted: set[str] = field(default_factory=set)
    _pages: dict[str, tuple[ResourcePage, MethodRow]] = field(default_factory=dict)

    def read(self) -> None:
        """Reads every call of the tree of paths."""
        links = links_by_api(self.exposure.catalogue)
        self._pages = {stem: found[0] for stem, found in links.items()}
        for node in self.exposure.tree.root.walk():
            for call in node.calls:
                self._read_call(node, call)

    def _read_call(self, node: Node, call: Call) -> None:
        """Adds the operation of a request, unless its segment is a property after all."""
        owner = node.parent
        if owner is None:
            return
        holder = owner.parent if owner.is_key else owner
        bound_to = self.exposure.type_of(owner) or (self.exposure.type_of(holder) if holder is not None else None)
        if bound_to is not None and self.exposure.member(bound_to, node.name) is not None:
            return
        called = call_of(call.request.segments[-1])
        name = (called[0] if called else call.request.segments[-1]).rpartition(".")[2]
        if not IDENTIFIER.fullmatch(name):
            return
        is_root = owner is self.exposure.tree.root
        if bound_to is None and not is_root:
            self._note_unknown(call, owner)
            return
        binding = None
        if bound_to is not None:
            binding = TypeRef(bound_to, collection=not owner.is_key and owner.is_collection, nullable=False)
        self._add(name, call, binding, called[1] if called else ())

    def _note_unknown(self, call: Call, owner: Node) -> None:
        """Says that an operation is left out, once a page."""
        file = call.api.origin.file
        if file not in self._noted:
            self._noted.add(file)
            path = "/".join(call.request.segments[:-1])
            message = f"'{call.request.segments[-1]}' is left out: no page that was given says what '/{path}' leads to."
            self.problems.append(Problem("info", message, Origin(file, call.request.line)))

    def _add(self, name: str, call: Call, binding: TypeRef | None, arguments: tuple[str, ...]) -> None:
        api, page = call.api, self._page_of(call.api)
        namespace = binding.name.rpartition(".")[0] if binding else api.namespace or self.default_namespace
        first = (Parameter(BINDING, binding),) if binding is not None else ()
        returned = self._returned(api, page, name, binding)
        is_action = call.request.method == "POST"
        if is_action:
            parameters = tuple(self._body_parameters(api, page))
        else:
            parameters = tuple(self._url_parameters(api, page, arguments))
        origin = Origin(api.origin.file, call.request.line)
        if not self._is_new(name, binding, None if is_action else parameters):
            return
        qualified = f"{namespace}.{name}"
        notes = (Annotation(DESCRIPTION, api.description),) if api.description else ()
        operation: Operation
        if is_action:
            operation = Action(qualified, (*first, *parameters), returned, binding is not None, None, notes, origin)
        elif returned is None:
            message = f"Function '{qualified}' is left out: its page does not say what it gives back."
            self.problems.append(Problem("info", message, origin))
            return
        else:
            composable = returned.type.collection and binding is not None
            operation = Function(
                qualified, returned, (*first, *parameters), binding is not None, composable, None, notes, origin
            )
        self.found.append(operation)
        if binding is None:
            make = ActionImport if is_action else FunctionImport
            self.imports.append(make(name, qualified, origin=origin))

    def _is_new(self, name: str, binding: TypeRef | None, parameters: tuple[Parameter, ...] | None) -> bool:
        """Whether no other overload has the parameters' names or their types (CSDL 12.2, 12.4); actions have one."""
        keys: list[tuple[object, ...]] = [(name, binding)]
        if parameters is not None:
            names = frozenset(known.name for known in parameters)
            keys = [(name, binding, names), (name, binding, tuple(str(known.type) for known in parameters))]
        is_new = self._seen.isdisjoint(keys)
        self._seen.update(keys)
        return is_new

    def _page_of(self, api: ApiPage) -> ResourcePage | None:
        link = self._pages.get(api.stem)
        return link[0] if link is not None else None

    def _returned(
        self, api: ApiPage, page: ResourcePage | None, name: str, binding: TypeRef | None
    ) -> ReturnType | None:
        """What an operation gives back: as its example says, else the Methods row; for `delta` the set's entities."""
        if name.lower() == "delta" and binding is not None:
            return ReturnType(replace(binding, collection=True))
        cell = api.returns
        if cell is None and api.stem in self._pages and api.answers_content:
            cell = self._pages[api.stem][1].returns
        if cell is None or (cell.primitive is None and cell.name.lower().rstrip(".") in ("", "none")):
            return None
        if cell.primitive is None and not _is_name(cell):
            return None
        return ReturnType(self._type(cell, page, nullable=cell.collection is False))

    def _body_parameters(self, api: ApiPage, page: ResourcePage | None) -> Iterator[Parameter]:
        """The parameters of an action: the rows of the body's table, else the members of the example's body."""
        seen: set[str] = set()
        for row in api.body_rows:
            if row.name.lower() not in seen:
                seen.add(row.name.lower())
                yield self._parameter(row, page)
        if not api.body_rows:
            for name, value in api.body_members.items():
                if IDENTIFIER.fullmatch(name):
                    yield Parameter(name, _type_of_value(value), origin=api.origin)

    def _url_parameters(
        self, api: ApiPage, page: ResourcePage | None, arguments: tuple[str, ...]
    ) -> Iterator[Parameter]:
        """The parameters of a function, as its URL lists them; the tables of the page tell their types."""
        rows = {row.name.lower(): row for row in api.url_rows}
        for argument in dict.fromkeys(arguments):
            if not IDENTIFIER.fullmatch(argument) or argument == KEY:
                continue
            row = rows.get(argument.lower())
            if row is not None:
                yield replace(self._parameter(row, page), name=argument)
            else:
                yield Parameter(argument, type_ref("Edm.String", nullable=False), origin=api.origin)

    def _parameter(self, row: MemberRow, page: ResourcePage | None) -> Parameter:
        nullable = not (row.statements.required or row.statements.not_nullable)
        return Parameter(row.name, self._type(row.type, page, nullable=nullable), origin=row.origin)

    def _type(self, cell: TypeCell, page: ResourcePage | None, *, nullable: bool) -> TypeRef:
        name = self.name_of(cell, page)
        return replace(type_ref(name, max_length=cell.max_length, nullable=nullable), collection=cell.collection)


def _is_name(cell: TypeCell) -> bool:
    return all(IDENTIFIER.fullmatch(part) for part in cell.name.split("."))


def _type_of_value(value: object) -> TypeRef:
    """The type of a parameter of which only an example value is known."""
    if isinstance(value, list):
        element = value[0] if value else "String"
        return replace(type_ref(inferred_type(element) or "Edm.Untyped"), collection=True)
    return type_ref(inferred_type(value) or "Edm.Untyped")
