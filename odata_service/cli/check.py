"""`odata-service check`: every problem of a definition."""

import click

from odata_service.cli.options import config_option, option, sources_argument
from odata_service.definition import check as find_problems


@click.command()
@sources_argument
@option("--strict", is_flag=True, help="Warnings count as problems.")
@config_option
def check(sources: tuple[str, ...], strict: bool) -> None:
    """Read the definitions in SOURCE... and print each problem as file:line: severity: message."""
    problems = find_problems(*sources)
    for problem in problems:
        click.echo(str(problem))
    counted = {"error", "warning"} if strict else {"error"}
    if any(problem.severity in counted for problem in problems):
        raise SystemExit(1)
