"""Path items and the operations in them (OpenAPI 3.1, 4.8.9, 4.8.10)."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from odata_service.openapi.answers import JSON
from odata_service.openapi.components import Json

Item = tuple[str, Json]
"""A path and what stands at it."""


class Described(Struct, frozen=True):
    """One operation: what it is called among those of its place, and its answers by status."""

    name: str
    summary: str
    responses: Mapping[str, object]
    parameters: Sequence[Json] = ()
    body: Mapping[str, object] | None = None
    description: str = ""


class Path(Struct, frozen=True):
    """A path with the parameters in its template; `name` begins the ids of its operations, `tag` groups them."""

    template: str
    parameters: Sequence[Json]
    name: str
    tag: str


class Items:
    """Makes path items; no two of their operations have the same id."""

    def __init__(self, failures: Json) -> None:
        self._failures = failures
        self._ids: set[str] = set()

    def item(self, path: Path, methods: Mapping[str, Described]) -> Iterator[Item]:
        """The item of a path, if anything can be done there."""
        if methods:
            shared: Json = {"parameters": list(path.parameters)} if path.parameters else {}
            yield (
                path.template,
                {**shared, **{method: self._operation(path, found) for method, found in methods.items()}},
            )

    def _operation(self, path: Path, described: Described) -> Json:
        made: Json = {
            "tags": [path.tag],
            "summary": described.summary,
            "operationId": self._unique(f"{path.name}.{described.name}"),
        }
        if described.description:
            made["description"] = described.description
        if described.parameters:
            made["parameters"] = list(described.parameters)
        if described.body is not None:
            made["requestBody"] = described.body
        made["responses"] = {**described.responses, **self._failures}
        return made

    def _unique(self, wanted: str) -> str:
        found, number = wanted, 1
        while found in self._ids:
            number += 1
            found = f"{wanted}.{number}"
        self._ids.add(found)
        return found


def json_body(schema: Json) -> Json:
    """A body in JSON."""
    return {"required": True, "content": {JSON: {"schema": schema}}}
