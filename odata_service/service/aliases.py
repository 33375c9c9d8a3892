"""A version in front of a path, `/v1.0/Customers`, where the definition's own world writes one.

It is a further name of the service root: links in an answer have it where the request had it.
"""

from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.service.message import Request


def below_version(request: Request, schema: Schema) -> Request:
    """A request with the version, if its path begins with one, in its base URL."""
    path = without_version(request.path, schema)
    if path is request.path:
        return request
    version = request.path.partition("/")[0]
    return replace(request, path=path, base_url=f"{request.base_url}{version}/")


def without_version(path: str, schema: Schema) -> str:
    """A path below the service root, without a version that it may begin with; what the model names goes before it."""
    versions = schema.profile.version_segments
    if not path.startswith(versions):
        return path
    first, _, rest = path.partition("/")
    return rest if first in versions and first not in _names(schema) else path


def _names(schema: Schema) -> set[str]:
    return {child.name for child in schema.container.children()}
