"""System query options: the rule for the value of each, the same at the top and nested (URL Conventions 5.1)."""

from collections.abc import Collection, Mapping

from odata_service.errors import OptionNotAllowed, did_you_mean
from odata_service.url.apply import apply
from odata_service.url.expression import PRECEDENCE, expression
from odata_service.url.lexer import Cursor
from odata_service.url.search import search
from odata_service.url.select_expand import FIELDS, expand, select
from odata_service.url.values import (
    Rule,
    boolean,
    compute,
    index,
    levels,
    number,
    orderby,
    schema_version,
    text,
)

RULES: Mapping[str, Rule] = {
    "filter": expression,
    "orderby": orderby,
    "select": select,
    "expand": expand,
    "compute": compute,
    "search": search,
    "apply": apply,
    "skip": number,
    "top": number,
    "index": index,
    "levels": levels,
    "count": boolean,
    "format": text,
    "skiptoken": text,
    "deltatoken": text,
    "schemaversion": schema_version,
    "id": text,
    **{name.removeprefix("$"): expression for name in FIELDS},
}
"""The rule for the value of each system query option, by its name without `$`."""

PLAIN = frozenset({"skip", "top", "index", "count"})
"""Those whose value is one number or truth value: an alias alone stands for one, as it does in an expression."""


def system_name(written: str) -> str | None:
    """The canonical name of a system query option without `$`, in any case as written; None for another name.

    Those of temporal data have their `$` always. `OptionNotAllowed` for a name that begins with `$` and is none.
    """
    bare = written.removeprefix("$").lower()
    if bare in RULES and (written.startswith("$") or f"${bare}" not in FIELDS):
        return bare
    if written.startswith("$"):
        raise OptionNotAllowed(
            f"'{written}' is an unknown query option.",
            target=written,
            hint=hint_instead_of(written, [f"${name}" for name in RULES]),
        )
    return None


def hint_instead_of(written: str, known: Collection[str]) -> str | None:
    """What to write instead of an unknown option; `$callback` asks for a script, as Kendo UI does of V2 by itself."""
    if written == "$callback":
        return "JSONP is not served: ask for JSON, and let --cors-origin name the origin of the page."
    return did_you_mean(written, known)


def field_of(name: str) -> str:
    """The field of `Options` that holds an option."""
    return FIELDS.get(f"${name}", name)


def whole(cursor: Cursor, rule: Rule) -> object:
    """What a rule reads, when it reads the whole text."""
    cursor.blanks()
    value = rule(cursor)
    cursor.blanks()
    if cursor.position < len(cursor.text):
        raise cursor.error("an operator or the end", tuple(PRECEDENCE))
    return value
