"""Sources in, the frozen `Schema` out: finds the reader of each source, reads all of them into one model."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from odata_service.definition.database_sources import DATABASES, is_database, shown_url, url_of
from odata_service.definition.readers import READERS, DefinitionReader
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import Schema
from odata_service.errors import Origin, Problem
from odata_service.garbage import collecting_later


def load_schema(*sources: str | Path) -> Schema:
    """The model that the sources define together; raises `DefinitionError` with all problems where one is an error."""
    with collecting_later():
        return read_sources(sources).freeze()


def read_sources(sources: Sequence[str | Path]) -> SchemaBuilder:
    """A builder with everything that the sources define and every problem found in them."""
    builder = SchemaBuilder()
    claims: list[tuple[DefinitionReader, list[tuple[Path, ...]]]] = [(reader, []) for reader in READERS]
    places = _Places()
    databases = [str(source) for source in sources if is_database(str(source))]
    _read_databases(databases, builder)
    for source in sources:
        if not is_database(str(source)):
            _claim(Path(source), claims, places, builder)
    for reader, claimed in claims:
        if claimed:
            reader.read(_each_once(claimed, places), builder)
    if builder.is_empty and not any(problem.severity == "error" for problem in builder.problems):
        origin = Origin(str(sources[0]) if sources else "")
        builder.problem(Problem("error", f"No resource is defined here. {_what_is_read()}", origin))
    return builder


def _read_databases(databases: Sequence[str], builder: SchemaBuilder) -> None:
    """Reads the one database that may be among the sources."""
    if databases:
        read: Callable[[str, SchemaBuilder], None] = import_module("odata_service.definition.database").read_database
        read(databases[0], builder)
    for other in databases[1:]:
        message = f"One database is served at a time, and '{shown_url(databases[0])}' is one already."
        builder.problem(Problem("error", message, Origin(shown_url(other))))


def database_among(sources: Sequence[str | Path]) -> str | None:
    """The URL of the database that is one of the sources, where the entities are kept then; None where none is one."""
    return next((url_of(str(source)) for source in sources if is_database(str(source))), None)


class _Places:
    """Where files really are; a folder that many of them share is looked up once."""

    def __init__(self) -> None:
        self._folders: dict[Path, Path] = {}

    def folder(self, path: Path) -> Path:
        """Where a folder really is."""
        known = self._folders.get(path)
        if known is None:
            known = self._folders[path] = path.resolve()
        return known

    def file(self, path: Path) -> Path:
        """Where a file really is."""
        return path.resolve() if path.is_symlink() else self.folder(path.parent) / path.name


def _claim(
    source: Path,
    claims: Sequence[tuple[DefinitionReader, list[tuple[Path, ...]]]],
    places: _Places,
    builder: SchemaBuilder,
) -> None:
    """Gives a source's files to the first reader that takes them, or notes why none does."""
    for reader, claimed in claims:
        try:
            found = _files_of(source, reader)
        except OSError as error:
            builder.problem(Problem("error", f"The directory cannot be read: {error.strerror}.", Origin(str(source))))
            return
        if found:
            is_directory = source.is_dir()
            claimed.append(
                tuple(file for file in found if not is_directory or _is_inside(file, source, places, builder))
            )
            return
    if source.is_dir():
        message = f"The directory holds nothing that is read. {_what_is_read()}"
    elif source.exists():
        message = f"A '{source.suffix or source.name}' file is not read. {_what_is_read()}"
    else:
        message = f"There is no such file or directory. {_what_is_read()}"
    builder.problem(Problem("error", message, Origin(str(source))))


def _is_inside(file: Path, source: Path, places: _Places, builder: SchemaBuilder) -> bool:
    """Whether a file of a directory is in it; a link that leads elsewhere is a problem. A file given itself may."""
    if places.file(file).is_relative_to(places.folder(source)):
        return True
    message = f"The link leads out of {source.name}/ and is not followed: copy the file there."
    builder.problem(Problem("error", message, Origin(str(file))))
    return False


def _files_of(source: Path, reader: DefinitionReader) -> tuple[Path, ...]:
    if source.is_dir():
        return reader.files_in(source)
    return (source,) if source.exists() and reader.accepts(source) else ()


def _what_is_read() -> str:
    return f"These are read: {', '.join(reader.kinds for reader in READERS)}, and directories of them; {DATABASES}."


def _each_once(sources: Sequence[Sequence[Path]], places: _Places) -> list[list[Path]]:
    """The files of each source without repetition, however their paths were written."""
    seen: set[Path] = set()
    return [[file for file in files if _is_new(places.file(file), seen)] for files in sources]


def _is_new(path: Path, seen: set[Path]) -> bool:
    is_new = path not in seen
    seen.add(path)
    return is_new
