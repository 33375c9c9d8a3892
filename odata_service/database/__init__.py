"""Database URLs in, connections out; and the functions that SQL lacks."""

from odata_service.database.connect import connect
from odata_service.database.decimals import decode_decimal, encode_decimal
from odata_service.database.forms import Form
from odata_service.database.functions import Stored

__all__ = ["Form", "Stored", "connect", "decode_decimal", "encode_decimal"]
