"""Values of earlier answers in the query of a request and in its condition: `$1/name`, `$1/$succeeded`.

Each becomes the literal that stands for it, of the type that the model gives it. (Protocol 11.7.6; JSON Format 19.1.)
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import quote, unquote

from msgspec import Struct

from odata_service.edm.json_text import read_exact
from odata_service.edm.model import EntityContainer, EntityType, EnumType, Schema, TypeDefinition
from odata_service.edm.types import TypeRef
from odata_service.errors import BadRequest
from odata_service.payload import literal_of
from odata_service.semantics.evaluate import Evaluation
from odata_service.semantics.expression import resolve_filter
from odata_service.semantics.resolved import Query
from odata_service.semantics.scope import Request as Names
from odata_service.semantics.scope import Scope
from odata_service.service.batch_outcomes import Outcome, Outcomes
from odata_service.service.compile import resolve_request
from odata_service.service.workshop import Workshop
from odata_service.url import parse_value
from odata_service.url.decode import decode_option

_TOKEN = re.compile(r"'(?:[^']|'')*'|(?<![\w/$@.])\$([A-Za-z0-9._~-]+)(?![A-Za-z0-9._~=(-])((?:/[\w$.]+)*)")
_PREDEFINED = frozenset({"it", "root", "this", "these", "count", "value", "ref", "each", "metadata", "entity"})
_NOTHING = EntityType("batch.Answers", ())
_SUCCEEDED = "/$succeeded"
_SAFE = "!$'()*,:;@/?-._~"


class BatchValues(Struct, frozen=True, dict=True):
    """The values that the answers of a batch so far have."""

    outcomes: Outcomes
    workshop: Workshop

    def in_query(self, query: str) -> str:
        """The query of a URL with literals in place of the values that it refers to."""
        if not self.outcomes.successes or ("$" not in query and "%24" not in query):
            return query
        return "&".join(map(self._in_option, query.split("&")))

    def holds(self, condition: str) -> bool:
        """Whether the condition of a request is true; what a failed request would have answered is null."""
        text = _substituted(condition, self._known(self._literal_or_null))
        limits = self.workshop.settings.limits
        scope = Scope(Names(self._bare_schema, {}, limits), _NOTHING.name, None, "if", "if")
        tree = resolve_filter(parse_value(text, "if", limits), scope)
        return Evaluation(now=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")).value(tree, {}) is True

    @cached_property
    def _bare_schema(self) -> Schema:
        """A schema in which a condition finds no names but those of types whose values have literals."""
        known = self.workshop.schema.types
        named = {name: found for name, found in known.items() if isinstance(found, EnumType | TypeDefinition)}
        return Schema({**named, _NOTHING.name: _NOTHING}, EntityContainer(_NOTHING.name, {}))

    def _in_option(self, piece: str) -> str:
        name, _, raw = piece.partition("=")
        if "$" not in raw and "%24" not in raw:
            return piece
        text = decode_option(raw, unquote(name))
        changed = _substituted(text, self._known(self._literal))
        return piece if changed == text else f"{name}={quote(changed, safe=_SAFE)}"

    def _known(self, literal: Callable[[str, str], str]) -> Callable[[str, str], str | None]:
        """The same for references to requests of the batch alone."""
        successes = self.outcomes.successes
        return lambda name, path: literal(name, path) if name in successes and name not in _PREDEFINED else None

    def _literal_or_null(self, name: str, path: str) -> str:
        if path == _SUCCEEDED:
            return "true" if self.outcomes.successes[name] else "false"
        return self._literal(name, path) if self.outcomes.successes[name] else "null"

    def _literal(self, name: str, path: str) -> str:
        outcome = self.outcomes.outcome(name)
        names = [part for part in path.split("/") if part]
        try:
            return self._literal_at(outcome, names)
        except ValueError as error:
            hint = "Refer to a primitive value."
            raise BadRequest(f"'${name}{path}' has no literal: {error}.", hint=hint) from error

    def _literal_at(self, outcome: Outcome, names: Sequence[str]) -> str:
        workshop = self.workshop
        resolved = resolve_request(outcome.request.path, "", (), workshop.store, workshop.settings.limits).query
        declared = _declared(resolved, names, workshop.schema) if isinstance(resolved, Query) else None
        return literal_of(_found(outcome, names), declared)


def _substituted(text: str, literal: Callable[[str, str], str | None]) -> str:
    def replaced(match: re.Match[str]) -> str:
        found = literal(match[1], match[2]) if match[1] else None
        return match[0] if found is None else found

    return _TOKEN.sub(replaced, text)


def _found(outcome: Outcome, names: Sequence[str]) -> object:
    """What an answer has at a path; `ValueError` where that is nothing."""
    body = outcome.response.body
    text = (body if isinstance(body, bytes) else b"".join(body)).decode("utf-8")
    if not outcome.response.headers.get("Content-Type", "").startswith("application/json"):
        return text or None
    value = read_exact(text) if text else None
    if not names and isinstance(value, dict):
        names = ("value",)
    for name in names:
        if value is None:
            return None
        if not isinstance(value, dict) or name not in value:
            raise ValueError(f"the answer has no '{name}'")
        value = value[name]
    return value


def _declared(query: Query, names: Sequence[str], schema: Schema) -> TypeRef | None:
    """The type that the model gives to a part of what is answered to a query."""
    if query.path.is_count:
        return TypeRef("Edm.Int64")
    found: TypeRef | None = query.property.type if query.property is not None else query.path.type
    for name in names:
        if found is None or found.name not in schema.types:
            return None
        part = schema.properties(found.name).get(name)
        leading = schema.navigation_properties(found.name).get(name)
        found = part.type if part is not None else None if leading is None else TypeRef(leading.target)
    return found
