"""Options and endings that commands share: sources, database, limits, configuration file, error output."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from msgspec.structs import replace

from odata_service.definition import database_among, load_schema
from odata_service.edm.model import Schema
from odata_service.errors import DefinitionError
from odata_service.settings import Limits, Settings

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE | re.ASCII)
_LIMITS: tuple[tuple[str, type, str], ...] = (
    ("max_url_bytes", int, "Longest URL."),
    ("max_body_bytes", int, "Largest request body."),
    ("max_depth", int, "Deepest nesting of an expression, a path or a body, at most 100."),
    ("max_nodes", int, "Most operators and calls in one URL."),
    ("max_in_list", int, "Most members of an in list."),
    ("max_expand_depth", int, "Deepest $expand."),
    ("max_expand_items", int, "Most navigation properties in one $expand, all levels together."),
    ("max_expanded_rows", int, "Most rows of all expanded collections of one page together."),
    ("max_pattern_states", int, "Most states of a regular expression, at most 5000."),
    ("max_code_calls", int, "Most values that one statement asks the code of a function or a computed property for."),
    ("max_top", int, "Greatest $top, nested ones too; what is beyond a page is served across pages."),
    ("max_batch", int, "Most requests in a batch."),
    ("max_members", int, "Most names in one object of a body."),
    ("max_entities", int, "Most entities in one body, those around others included."),
    ("page_size", int, "Entities a page holds."),
    ("max_page_size", int, "Most entities a page may hold when the client asks for more."),
    ("statement_seconds", float, "Longest time for one statement."),
    ("max_waiting", int, "Most requests that wait in a worker while it is at work; more are told to come again."),
    ("max_spooled_bytes", int, "Most bytes of long answers that wait for their readers in the files of a worker."),
    ("stall_seconds", float, "Longest time in which a client sends nothing of a body, or takes nothing of an answer."),
    ("max_jobs", int, "Most asynchronous requests that wait, run, or whose answers are kept."),
    ("max_result_bytes", int, "Longest answer to a request that is answered later, or can be repeated."),
    ("max_remembered", int, "Most repeatable requests that are remembered; the oldest are forgotten first."),
)


def option(*names: str, **attributes: Any) -> Callable[[Decorated], Decorated]:
    """A click option that an environment variable ODATA_SERVICE_<OPTION> sets too."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = "ODATA_SERVICE_" + long.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, show_default="default" in attributes, **attributes)


def _read_config(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    try:
        stated = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        fail(f"{path}:1: {error.strerror}.", code=2)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fail(f"{path}:1: {error}.", code=2)
    known = {
        long.removeprefix("--"): parameter.name
        for parameter in context.command.params
        for long in parameter.opts
        if long.startswith("--")
    }
    values = {}
    for name, value in stated.items():
        parameter_name = known.get(name.replace("_", "-"))
        if parameter_name is None:
            fail(f"{path}:1: '{name}' is not an option of this command.", code=2)
        values[parameter_name] = value
    context.default_map = {**(context.default_map or {}), **values}


def config_option(command: Decorated) -> Decorated:
    """`--config FILE.toml`: options by name, read before all others."""
    return option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        is_eager=True,
        expose_value=False,
        callback=_read_config,
        help="A TOML file with options.",
    )(command)


def origins_of(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Origins as browsers send them: a scheme, a host and a port that is not the usual one, or `*`."""
    wrong = next((value for value in values if value != "*" and not _ORIGIN.fullmatch(value)), None)
    if wrong is not None:
        raise click.BadParameter(
            f"'{wrong}' is no origin. Write https://host or https://host:port, or *.", context, parameter
        )
    return tuple(value.lower() for value in values)


def search_index_option(command: Decorated) -> Decorated:
    """`--search-index`."""
    return option(
        "--search-index",
        is_flag=True,
        help="An index for $search in every entity set; see Storage.SearchIndex for one.",
    )(command)


def track_changes_option(command: Decorated) -> Decorated:
    """`--track-changes`, which holds unless `--no-track-changes` says otherwise; see `tracking`."""
    return option(
        "--track-changes/--no-track-changes",
        default=None,
        help="Write down which entities change, for delta links of every entity set. Stated, it adds triggers to "
        "tables that others made, too.  [default: of own tables]",
    )(command)


def tracking(settings: Settings, stated: bool | None) -> Settings:
    """The settings with what `--track-changes` means: of tables of others only where it is stated."""
    return replace(settings, track_changes=stated is not False, track_existing=stated is True)


def sources_argument(command: Decorated) -> Decorated:
    """`SOURCE…`."""
    return click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")(command)


def database_option(default: str = "sqlite:///odata.db") -> Callable[[Decorated], Decorated]:
    """`--database URL`; `database_of` says what stands for it where it is left out."""
    text = f"Where the entities are kept.  [default: the database among the sources, else {default}]"
    return option("--database", metavar="URL", help=text)


def database_of(stated: str | None, sources: tuple[str, ...], default: str = "sqlite:///odata.db") -> str:
    """The URL of the database to use: the one that is stated, else that among the sources, else the default."""
    return stated or database_among(sources) or default


def limit_options(command: Decorated) -> Decorated:
    """An option for each field of `Limits`; 0 switches a limit off."""
    defaults = Limits()
    for name, kind, text in reversed(_LIMITS):
        command = option(
            f"--{name.replace('_', '-')}",
            type=click.FloatRange(min=0) if kind is float else click.IntRange(min=0),
            default=getattr(defaults, name),
            help=f"{text} 0: no limit.",
        )(command)
    return command


def limits_of(values: dict[str, Any]) -> Limits:
    """The limits among a command's options, taken out of them."""
    return Limits(**{name: values.pop(name) for name, _, _ in _LIMITS})


def schema_of(sources: tuple[str, ...]) -> Schema:
    """The schema of the sources; ends the command with every problem where there is none."""
    try:
        return load_schema(*sources)
    except DefinitionError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        raise SystemExit(1) from error


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Ends the command with one line on standard error."""
    click.echo(message, err=True)
    raise SystemExit(code)
