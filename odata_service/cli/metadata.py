"""`odata-service metadata`: prints the generated `$metadata`."""

from pathlib import Path
from typing import Literal

import click

from odata_service.cli.options import config_option, fail, option, schema_of, sources_argument
from odata_service.csdl import announced, write_json, write_xml
from odata_service.definition import database_among
from odata_service.edm.versions import for_version
from odata_service.semantics.functions import FILTER_FUNCTIONS


@click.command()
@sources_argument
@option("--format", "format_name", type=click.Choice(["xml", "json"]), default="xml", help="CSDL XML or JSON.")
@option("--odata-version", type=click.Choice(["4.0", "4.01"]), default="4.0", help="Form of the XML; JSON is 4.01.")
@option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@config_option
def metadata(
    sources: tuple[str, ...], format_name: str, odata_version: Literal["4.0", "4.01"], output: Path | None
) -> None:
    """Print the $metadata document of the definitions in SOURCE...

    A file that is written of a database also says where each entity is kept: edited, it is a definition for that
    database.
    """
    storage = output is not None and database_among(sources) is not None
    schema = announced(schema_of(sources), FILTER_FUNCTIONS)
    if format_name == "json":
        document = write_json(schema, storage=storage)
    else:
        document = write_xml(for_version(schema, odata_version), odata_version, storage=storage)
    if output is None:
        click.echo(document.decode("utf-8").rstrip("\n"))
        return
    try:
        output.write_bytes(document)
    except OSError as error:
        fail(f"{output}:1: {error.strerror}.")
