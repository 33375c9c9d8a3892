"""Database URLs in, connections out; and the functions that SQL lacks."""

from typing import TYPE_CHECKING

from odata_service.database.decimals import decode_decimal, encode_decimal
from odata_service.database.forms import Form
from odata_service.lazy import lazily

if TYPE_CHECKING:
    from odata_service.database.connections import connect
    from odata_service.database.functions import Stored

__all__ = ["Form", "Stored", "connect", "decode_decimal", "encode_decimal"]

__getattr__ = lazily(
    __name__, {"Stored": "odata_service.database.functions", "connect": "odata_service.database.connections"}
)
