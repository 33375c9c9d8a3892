"""How a payload is written: metadata level, version, how numbers look, what may be left out of it.

(JSON Format 3; Protocol 8.2.8.2, 8.2.8.6.)
"""

from typing import Literal

from msgspec import Struct

Omitted = Literal["nulls", "defaults"]
"""Which values may be left out: null, or what a property has by default (Protocol 8.2.8.6)."""


class Format(Struct, frozen=True):
    """The parameters of the JSON format that are in force, and what else of a payload is as the client prefers.

    `ieee754`: numbers of 64 bits and decimals are strings; `exponents`: decimals may have an exponent; `streaming`: the
    order of members is promised, which is the one that they have anyway. `omits` says which values are left out; with
    `refers` an entity that the payload has already is told by a reference.
    """

    metadata_level: Literal["none", "minimal", "full"]
    version: Literal["4.0", "4.01"]
    ieee754: bool = False
    omits: Omitted | None = None
    exponents: bool = False
    streaming: bool = False
    refers: bool = False


def content_type(format: Format, *, charset: str | None = None) -> str:
    """The Content-Type of a JSON payload; parameters beside the level only where the client asked for them.

    >>> content_type(Format("minimal", "4.0"))
    'application/json;odata.metadata=minimal'
    """
    prefix = "odata." if format.version == "4.0" else ""
    text = f"application/json;{prefix}metadata={format.metadata_level}"
    if format.streaming:
        text += f";{prefix}streaming=true"
    if format.ieee754:
        text += ";IEEE754Compatible=true"
    if format.exponents:
        text += ";ExponentialDecimals=true"
    return f"{text};charset={charset}" if charset else text
