"""The rows of statements as values of the model: decoded, looked at, filled in by code."""

from collections.abc import Sequence

from odata_service.errors import UnfitValue
from odata_service.sql import BuiltRead
from odata_service.sql.columns import Coded, Decoders
from odata_service.sql.expanded import BuiltChild
from odata_service.sql.found import refuse_unfit, unfit_among
from odata_service.storage.driver import Row


def as_values(rows: list[Row], built: BuiltRead | BuiltChild) -> list[Row]:
    """The rows of a statement as values of the model; `UnfitValue` where the database has something else."""
    if built.checks:
        refuse_unfit(rows, built.checks)
    if built.decoders:
        try:
            rows = decoded(rows, built.decoders)
        except UnfitValue as error:
            raise unfit_among(rows, built.checks) or error from error
    return filled_in(rows, built.coded) if built.coded else rows


def decoded(rows: Sequence[Row], decoders: Decoders) -> list[Row]:
    """The rows with what is kept in another form as values."""
    result = []
    for row in rows:
        values = list(row)
        for place, decode in decoders:
            found = values[place]
            if found is not None:
                values[place] = decode(found)
        result.append(tuple(values))
    return result


def filled_in(rows: Sequence[Row], coded: Coded) -> list[Row]:
    """The rows with what code makes of their values."""
    result = []
    for row in rows:
        values = list(row)
        for place, column in coded:
            if values[column.present] is not None:
                values[place] = column.work([values[known] for known in column.inputs])
        result.append(tuple(values))
    return result
