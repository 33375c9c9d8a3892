"""The indexes of texts that a mapping wants, each named after its table and after all that it is made of.

So an index of a wanted name is as it is wanted, and what is not wanted any longer can be told from what others made.
"""

import zlib
from functools import lru_cache

from odata_service.sql.families.family import IndexedTexts, TextIndex
from odata_service.sql.mapping import Mapping, TableMapping
from odata_service.sql.wanted import wanted_tables

_ENDING = len("-search-00000000")


@lru_cache(maxsize=4)
def search_indexes(mapping: Mapping) -> dict[str, IndexedTexts]:
    """What each index is made over, by the name of its table."""
    family = mapping.family.text_index
    if family is None:
        return {}
    tables = {table.name: table for table in mapping.tables.values() if table.searched}
    return {name: _named(table, mapping, family) for name, table in tables.items()}


def _named(table: TableMapping, mapping: Mapping, family: TextIndex) -> IndexedTexts:
    dialect = mapping.family.dialect
    wanted = next(known for known in wanted_tables(mapping) if known.name == table.name)
    key = tuple((dialect.quoted(name), wanted.column(name).sql_type) for name in table.key)
    made = IndexedTexts("", dialect.quoted(table.name), key, tuple(map(dialect.quoted, table.searched)))
    sum_of_all = zlib.crc32("\n".join(family.make(made)).encode())
    limit = dialect.name_length
    begins = table.name if limit is None else table.name.encode()[: limit - _ENDING].decode(errors="ignore")
    return IndexedTexts(f"{begins}-search-{sum_of_all:08x}", made.table, made.key, made.texts)
