"""`odata-service doctor`: what clients would stumble over at a service."""

from typing import Any

import click

from odata_service.cli.options import config_option, fail, option


@click.command()
@click.argument("url")
@option("--basic", metavar="USER:PASSWORD", help="Credentials for Basic.")
@option("--bearer", metavar="TOKEN", help="A token for Bearer.")
@option("--api-key", metavar="NAME=VALUE", help="A query option that every request carries.")
@option("--header", "headers", metavar="NAME: VALUE", multiple=True, help="A header that every request carries.")
@option("--timeout", type=click.FloatRange(min=0.1, max=600), default=30.0, help="Seconds that one answer may take.")
@option("--max-body-bytes", type=click.IntRange(min=1), default=32 * 1024 * 1024, help="What is read of one answer.")
@option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="Form of the report.")
@config_option
def doctor(url: str, format_name: str, **options: Any) -> None:
    """Play the first requests of Excel, Power Query and other clients against the OData service at URL.

    Nothing is changed there, and no other host is asked. Exit 1 where a client would fail.
    """
    from odata_service.doctor import Access, as_json, as_text, examine

    if options["basic"] and options["bearer"]:
        raise click.UsageError("--basic and --bearer exclude each other.")
    access = Access(
        basic=options["basic"],
        bearer=options["bearer"],
        api_key=_pair(options["api_key"], "=", "--api-key") if options["api_key"] else None,
        headers=[_pair(header, ":", "--header") for header in options["headers"]],
        timeout_seconds=options["timeout"],
        max_body_bytes=options["max_body_bytes"],
    )
    try:
        report = examine(url, access)
    except ValueError as error:
        fail(str(error), code=2)
    click.echo(as_json(report).decode() if format_name == "json" else as_text(report))
    if report.fails:
        raise SystemExit(1)


def _pair(text: str, separator: str, name: str) -> tuple[str, str]:
    before, found, after = text.partition(separator)
    if not found or not before.strip():
        raise click.UsageError(f"{name} '{text}' is no NAME{separator}VALUE.")
    return before.strip(), after.strip()
