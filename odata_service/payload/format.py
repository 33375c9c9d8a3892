"""How a payload is written: metadata level, version, whether large numbers are strings, whether nulls are shown.

(JSON Format 3; Protocol 8.2.8.6.)
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Format:
    """The parameters of the JSON format that are in force, and whether properties that are null are left out."""

    metadata_level: Literal["none", "minimal", "full"]
    version: Literal["4.0", "4.01"]
    ieee754: bool = False
    omits_nulls: bool = False


def content_type(format: Format, *, charset: str | None = None) -> str:
    """The Content-Type of a JSON payload; IEEE754Compatible and a charset only where the client asked for them.

    >>> content_type(Format("minimal", "4.0"))
    'application/json;odata.metadata=minimal'
    """
    prefix = "odata." if format.version == "4.0" else ""
    text = f"application/json;{prefix}metadata={format.metadata_level}"
    if format.ieee754:
        text += ";IEEE754Compatible=true"
    return f"{text};charset={charset}" if charset else text
