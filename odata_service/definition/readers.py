"""The kinds of files that define something: how to know them. What reads a kind is imported when there is one."""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from msgspec import Struct

from odata_service.definition.bounded import read_bounded
from odata_service.edm.build import SchemaBuilder

MAX_PAGE_BYTES = 1024 * 1024
"""A page that is longer is refused unread: the longest published ones have a tenth of this."""

_DOCUMENTS = (".xml", ".edmx", ".csdl", ".json")
_FOLDERS = ("", "resources", "api")
_PAGE = re.compile(
    rb'"blockType"\s*:\s*"resource"|^#+ *(?:HTTP request|Properties|Members)\b|'
    rb"^doc_type\W+(?:resource|api|enum)\w*Page",
    re.IGNORECASE | re.MULTILINE,
)


class DefinitionReader(Struct, frozen=True):
    """One kind of source: what it is for people, which files are of it, and the module that reads them."""

    kinds: str
    accepts: Callable[[Path], bool]
    files_in: Callable[[Path], tuple[Path, ...]]
    module: str

    def read(self, sources: Sequence[Sequence[Path]], builder: SchemaBuilder) -> None:
        """Adds what the files of each source define; findings become problems of the builder, never exceptions."""
        reader: Callable[[Sequence[Sequence[Path]], SchemaBuilder], None] = import_module(self.module).read
        reader(sources, builder)


def is_page_file(file: Path) -> bool:
    """Whether the file's name is that of a page."""
    return file.suffix.lower() in (".md", ".markdown")


def files_of(directory: Path) -> tuple[Path, ...]:
    """The pages of a directory and of its `resources` and `api` folders, in order of their names.

    A directory without pages of its own stands for the directories in it, as one with a folder for each version does.
    """
    folders = [folder for name in _FOLDERS if (folder := directory / name).is_dir()]
    files = [file for folder in folders for file in sorted(folder.iterdir()) if is_page_file(file) and file.is_file()]
    if len(folders) > 1 or any(_is_page(file) for file in files):
        return tuple(files)
    below = sorted(folder for folder in directory.iterdir() if folder.is_dir() and not folder.is_symlink())
    return tuple(file for folder in below if not folder.name.startswith(".") for file in files_of(folder))


def _is_page(file: Path) -> bool:
    """Whether a file describes something; what cannot be read is left to the reader to say."""
    content, _ = read_bounded(file, MAX_PAGE_BYTES)
    return content is None or _PAGE.search(content) is not None


def is_document(file: Path) -> bool:
    """Whether the file's name is that of a CSDL document."""
    return file.suffix.lower() in _DOCUMENTS


def documents_in(directory: Path) -> tuple[Path, ...]:
    """The CSDL documents of a directory, in order of their names."""
    return tuple(file for file in sorted(directory.iterdir()) if file.is_file() and is_document(file))


READERS = (
    DefinitionReader("Markdown pages (.md)", is_page_file, files_of, "odata_service.definition.pages"),
    DefinitionReader(
        "CSDL files, OData V2 and V3 EDMX (.xml, .edmx, .csdl, .json)",
        is_document,
        documents_in,
        "odata_service.definition.csdl",
    ),
)
"""In order of precedence: a directory belongs to the first that finds files in it."""
