"""$select and $expand, and the options in parentheses behind their items (URL Conventions 5.1.3, 5.1.4; ABNF 2)."""

import re
from collections.abc import Mapping

from odata_service.errors import OptionNotAllowed
from odata_service.url.apply import apply
from odata_service.url.expression import expression
from odata_service.url.json import json_value
from odata_service.url.lexer import Cursor
from odata_service.url.members import ANNOTATION, NAME
from odata_service.url.search import search
from odata_service.url.syntax import TEMPORAL, AnnotationName, ExpandItem, Expression, Name, Options, SelectItem
from odata_service.url.values import Rule, boolean, compute, levels, listed, number, orderby

_SUFFIX = re.compile(r"/(\$ref|\$count|\$value)(?!\w)")
_OPTION_NAME = re.compile(r"(\$?[A-Za-z]+|@[^\W\d]\w*)[ \t]*=[ \t]*")
_PARAMETERS = re.compile(r"\(([^\W\d]\w*(?:[ \t]*,[ \t]*[^\W\d]\w*)*)[ \t]*\)|\([ \t]*\)")
_QUALIFIED_WILDCARD = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\.\*")


def select(cursor: Cursor) -> tuple[SelectItem, ...]:
    """`a,b/c,*,ns.*,ns.Action,ns.Function(x,y)`, with options in parentheses behind a path."""
    return listed(cursor, _select_item)


def expand(cursor: Cursor) -> tuple[ExpandItem, ...]:
    """`a($select=b;$top=1),c/$ref,*,$value`."""
    return listed(cursor, _expand_item)


def options_of(values: Mapping[str, object]) -> Options:
    """An Options object from the values that the rules gave."""
    return Options(**values)  # type: ignore[arg-type]  # each rule gives its field its own type


def _select_item(cursor: Cursor) -> SelectItem:
    start = cursor.position
    if cursor.accept("*"):
        return SelectItem((), wildcard=True, span=cursor.span(start))
    qualified = cursor.match(_QUALIFIED_WILDCARD)
    if qualified is not None:
        return SelectItem((), namespace=qualified[0][:-2], span=cursor.span(start))
    path = _path(cursor)
    wildcard = cursor.accept("*")
    named = cursor.match(_PARAMETERS)
    if named is not None:
        parameters = tuple(name.strip() for name in named[1].split(",")) if named[1] else ()
        cursor.budget.node(len(parameters))
        return SelectItem(path, wildcard, parameters=parameters, span=cursor.span(start))
    return SelectItem(path, wildcard, _nested(cursor, _SELECT), span=cursor.span(start))


def _expand_item(cursor: Cursor) -> ExpandItem:
    start = cursor.position
    if cursor.accept("$value"):
        return ExpandItem((), suffix="$value", span=cursor.span(start))
    wildcard = cursor.accept("*")
    path = () if wildcard else _path(cursor)
    wildcard = wildcard or cursor.accept("*")
    suffix = cursor.match(_SUFFIX)
    kind = suffix[1] if suffix else None
    rules = _WILDCARD if wildcard and kind is None else _EXPAND[kind]
    return ExpandItem(path, wildcard, kind, _nested(cursor, rules), cursor.span(start))


def _path(cursor: Cursor) -> tuple[Name | AnnotationName, ...]:
    """The steps up to a system segment or a wildcard."""
    steps: list[Name | AnnotationName] = []
    while True:
        steps.append(_step(cursor))
        cursor.budget.enter()
        if cursor.peek() != "/" or cursor.text.startswith("/$", cursor.position):
            break
        cursor.position += 1
        if cursor.peek() == "*":
            break
    cursor.budget.leave(len(steps))
    return tuple(steps)


def _step(cursor: Cursor) -> Name | AnnotationName:
    start = cursor.position
    found = cursor.match(NAME)
    if found is not None:
        return Name(found[0], cursor.span(start))
    annotation = cursor.match(ANNOTATION)
    if annotation is None:
        raise cursor.error("a property")
    return AnnotationName(annotation[1], annotation[2], cursor.span(start))


def _nested(cursor: Cursor, rules: Mapping[str, Rule]) -> Options | None:
    """The options in parentheses behind an item, separated by semicolons; None where there are none."""
    if not cursor.accept("("):
        return None
    cursor.budget.enter()
    values: dict[str, object] = {}
    aliases: dict[str, Expression] = {}
    while True:
        cursor.blanks()
        name = _option_name(cursor, rules)
        if name in values or name in aliases:
            raise OptionNotAllowed(f"{name} stands twice in one item.", target=cursor.target, hint="Write it once.")
        if name.startswith("@"):
            aliases[name] = json_value(cursor)
        else:
            values[name] = rules[name](cursor)
        if not cursor.separator(";"):
            break
    cursor.expect(")")
    cursor.budget.leave()
    options = {FIELDS.get(name, name.removeprefix("$")): value for name, value in values.items()}
    return options_of({**options, "aliases": tuple((name.removeprefix("@"), value) for name, value in aliases.items())})


def _option_name(cursor: Cursor, rules: Mapping[str, Rule]) -> str:
    """An alias, or the canonical name of an option that may stand here."""
    cursor.budget.node()
    start = cursor.position
    found = cursor.match(_OPTION_NAME)
    if found is not None and found[1].startswith("@") and rules.get("@"):
        return found[1]
    name = f"${found[1].removeprefix('$').lower()}" if found is not None else ""
    if name in rules:
        return name
    cursor.position = start
    known = [name for name in rules if name != "@" and name not in FIELDS]
    expected = f"an option that goes with the item: {', '.join(f'{name}=' for name in known)}" if known else None
    raise cursor.error(expected or "the end of the item, which takes no options", known)


FIELDS = {name.lower(): field for name, field in TEMPORAL.items()}
"""The fields of `Options` that are not called as their option; `min` and `max` are read as names."""

_COUNT: Mapping[str, Rule] = {"$filter": expression, "$search": search}
_REF: Mapping[str, Rule] = {**_COUNT, "$orderby": orderby, "$skip": number, "$top": number, "$count": boolean}
_SELECT: Mapping[str, Rule] = {**_REF, "$compute": compute, "$select": select, "@": json_value}
_WILDCARD: Mapping[str, Rule] = {"$levels": levels}
_EXPAND: Mapping[str | None, Mapping[str, Rule]] = {
    None: {**_SELECT, "$expand": expand, "$levels": levels, "$apply": apply, **dict.fromkeys(FIELDS, expression)},
    "$ref": _REF,
    "$count": _COUNT,
    "$value": {},
}
