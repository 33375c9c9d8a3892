"""`odata-service metadata`: prints the generated `$metadata`."""

from pathlib import Path
from typing import Literal

import click

from odata_service import openapi
from odata_service.cli.options import config_option, fail, option, schema_of, sources_argument
from odata_service.cli.outputs import replacing
from odata_service.csdl import announced, write_json, write_xml
from odata_service.edm.versions import for_version
from odata_service.garbage import collecting_later
from odata_service.semantics.functions import FILTER_FUNCTIONS
from odata_service.semantics.transformation_names import TRANSFORMATIONS

_FORMATS = ("xml", "json", "openapi", "v2")


@click.command()
@sources_argument
@option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    default="xml",
    help="CSDL, OpenAPI 3.1, or EDMX of OData V2.",
)
@option("--odata-version", type=click.Choice(["4.0", "4.01"]), default="4.0", help="Form of the XML; JSON is 4.01.")
@option("--public-url", metavar="URL", default="/", help="Where the service is, for an OpenAPI description.")
@option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file, whole or not at all.")
@config_option
def metadata(
    sources: tuple[str, ...],
    format_name: str,
    odata_version: Literal["4.0", "4.01"],
    public_url: str,
    output: Path | None,
) -> None:
    """Print the $metadata document of the definitions in SOURCE..., or their OpenAPI description.

    A file also says where each entity is kept, if not where its name tells: edited, it is a definition for the same
    database.
    """
    with collecting_later():
        if format_name == "openapi":
            document = b"".join(openapi.describe(schema_of(sources), openapi.Offer(), public_url)) + b"\n"
        else:
            document = _document(sources, format_name, odata_version, storage=output is not None)
    if output is None:
        click.echo(document.decode("utf-8").rstrip("\n"))
        return
    try:
        with replacing(output) as file:
            file.write(document)
    except OSError as error:
        fail(f"{output}:1: {error.strerror}.")


def _document(
    sources: tuple[str, ...], format_name: str, odata_version: Literal["4.0", "4.01"], *, storage: bool
) -> bytes:
    if format_name == "v2":
        from odata_service.csdl.v2 import write_v2  # lxml, which the other formats do without

        return write_v2(schema_of(sources))
    version = "4.01" if format_name == "json" else odata_version
    schema = announced(for_version(schema_of(sources), version), FILTER_FUNCTIONS, TRANSFORMATIONS)
    return write_json(schema, storage=storage) if format_name == "json" else write_xml(schema, version, storage=storage)
