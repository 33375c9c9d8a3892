"""Database URLs in, connections out; and the functions that SQL lacks."""

from odata_service.database.connect import connect
from odata_service.database.decimals import decode_decimal, encode_decimal

__all__ = ["connect", "decode_decimal", "encode_decimal"]
