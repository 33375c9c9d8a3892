"""The media type of a request body (Protocol 8.1.1)."""

from odata_service.errors import UnsupportedMediaType
from odata_service.service.accept import accepted_ranges


def check_json(content_type: str) -> None:
    """Refuses a body that is not JSON in UTF-8 with `UnsupportedMediaType`."""
    ranges = accepted_ranges(content_type)
    if len(ranges) != 1 or ranges[0].name != "application/json":
        found = f"Content-Type '{content_type}' is not read here" if content_type else "The request has no Content-Type"
        raise UnsupportedMediaType(f"{found}.", target="Content-Type", hint="Send application/json.")
    charset = ranges[0].parameters.get("charset", "utf-8")
    if charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(f"Charset '{charset}' is not read.", target="Content-Type", hint="Send UTF-8.")


def has_quoted_numbers(content_type: str) -> bool:
    """Whether the numbers of a body may all be strings: those of Edm.Int64 and Edm.Decimal may whatever its type says.

    IEEE754Compatible=true is for these two (JSON Format 3.2); Kendo UI writes every number as a string and says so.
    """
    if "754" not in content_type:
        return False
    return any(found.parameters.get("ieee754compatible") == "true" for found in accepted_ranges(content_type))
