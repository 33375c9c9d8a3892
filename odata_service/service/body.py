"""The media type of a request body (Protocol 8.1.1)."""

from odata_service.errors import UnsupportedMediaType
from odata_service.service.accept import accepted_ranges


def check_json(content_type: str) -> None:
    """Refuses a body that is not JSON in UTF-8 with `UnsupportedMediaType`.

    IEEE754Compatible in the body's type needs no attention: numbers in quotes are read whether it is stated or not.
    """
    ranges = accepted_ranges(content_type)
    if len(ranges) != 1 or ranges[0].name != "application/json":
        found = f"'{content_type}' is not read here" if content_type else "The request has no Content-Type"
        raise UnsupportedMediaType(f"{found}.", target="Content-Type", hint="Send application/json.")
    charset = ranges[0].parameters.get("charset", "utf-8")
    if charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(f"Charset '{charset}' is not read.", target="Content-Type", hint="Send UTF-8.")
