"""From a syntax tree back to URL text, such that `parse(print(tree)) == tree`."""

from typing import assert_never
from urllib.parse import quote

from odata_service.url.expression import POWERS, UNARY_POWER
from odata_service.url.syntax import (
    Alias,
    AnnotationName,
    Binary,
    Case,
    ComputeItem,
    CountStep,
    ExpandItem,
    Expression,
    FunctionCall,
    In,
    JsonArray,
    JsonObject,
    KeyPredicate,
    Lambda,
    Literal,
    LiteralKind,
    Logical,
    Name,
    NamedValue,
    ODataUrl,
    Options,
    OrderItem,
    Path,
    PathStep,
    Segment,
    SelectItem,
    Unary,
)

_SAFE = "!$'()*,;:@/=-._~[]{}"
_PREFIXED = frozenset({LiteralKind.DURATION, LiteralKind.BINARY, LiteralKind.GEOGRAPHY, LiteralKind.GEOMETRY})


def print_url(url: ODataUrl) -> tuple[str, str]:
    """The raw path and the raw query of a tree."""
    path = "/".join(quote(_segment(segment), safe="$'(),;:@=-._~!*") for segment in url.segments)
    pairs = [
        *_system_options(url.options),
        *((f"@{name}", print_expression(value)) for name, value in url.options.aliases),
    ]
    pairs += url.options.custom
    return path, "&".join(f"{quote(name, safe='$@')}={quote(text, safe=_SAFE)}" for name, text in pairs)


def _segment(segment: Segment) -> str:
    if segment.arguments is None:
        return segment.name
    value = segment.arguments.positional
    if segment.name == "$crossjoin" and isinstance(value, JsonArray):
        return f"{segment.name}({_list(value.members)})"
    return segment.name + _step(segment.arguments)


def _system_options(options: Options) -> list[tuple[str, str]]:
    printed: dict[str, str | None] = {
        "filter": print_expression(options.filter) if options.filter else None,
        "orderby": _joined([_order_item(item) for item in options.orderby or ()]),
        "select": _joined([_select_item(item) for item in options.select or ()]),
        "expand": _joined([_expand_item(item) for item in options.expand or ()]),
        "compute": _joined([_compute_item(item) for item in options.compute or ()]),
        "count": None if options.count is None else str(options.count).lower(),
    }
    for name in ("skip", "top", "index", "levels"):
        number = getattr(options, name)
        printed[name] = None if number is None else str(number.value) if number.value >= 0 or name == "index" else "max"
    for name in ("search", "apply", "format", "skiptoken", "deltatoken", "schemaversion", "id"):
        printed[name] = getattr(options, name)
    return [(f"${name}", text) for name, text in printed.items() if text is not None]


def _joined(items: list[str]) -> str | None:
    return ",".join(items) or None


def _nested(options: Options | None) -> str:
    if options is None:
        return ""
    pairs = [*_system_options(options), *((f"@{name}", print_expression(value)) for name, value in options.aliases)]
    return "(" + ";".join(f"{name}={text}" for name, text in pairs) + ")"


def _order_item(item: OrderItem) -> str:
    return print_expression(item.expression) + (" desc" if item.descending else "")


def _select_item(item: SelectItem) -> str:
    names = [step.name for step in item.path]
    if not item.wildcard:
        return "/".join(names) + _nested(item.options)
    return f"{names[0]}.*" if names else "*"


def _expand_item(item: ExpandItem) -> str:
    names = (
        [step.name for step in item.path] + (["*"] if item.wildcard else []) + ([item.suffix] if item.suffix else [])
    )
    return "/".join(names) + _nested(item.options)


def _compute_item(item: ComputeItem) -> str:
    return f"{print_expression(item.expression)} as {item.name}"


def print_expression(tree: Expression) -> str:
    """The decoded text of an expression."""
    match tree:
        case Literal():
            return _literal(tree)
        case Alias():
            return f"@{tree.name}"
        case Path():
            return _path(tree)
        case FunctionCall():
            return _step(tree)
        case JsonArray():
            return f"[{_list(tree.members)}]"
        case JsonObject():
            return "{" + ",".join(f"{_json(name)}:{print_expression(value)}" for name, value in tree.members) + "}"
        case Case():
            return "case(" + ",".join(f"{print_expression(c)}:{print_expression(r)}" for c, r in tree.branches) + ")"
        case Logical() | Binary() | Unary() | In():
            return _operation(tree)
        case _:
            assert_never(tree)


def _operation(tree: Logical | Binary | Unary | In) -> str:
    match tree:
        case Logical():
            power = POWERS[tree.operator]
            return f" {tree.operator} ".join(_within(operand, power + 1) for operand in tree.operands)
        case Binary():
            power = POWERS[tree.operator]
            return f"{_within(tree.left, power)} {tree.operator} {_within(tree.right, power + 1)}"
        case Unary():
            return f"{tree.operator} {_within(tree.operand, UNARY_POWER)}"
        case In():
            members = _within(tree.collection, 9) if tree.collection else f"({_list(tree.values)})"
            return f"{_within(tree.operand, 8)} in {members}"
        case _:
            assert_never(tree)


def _within(tree: Expression, floor: int) -> str:
    match tree:
        case Logical() | Binary():
            power = POWERS[tree.operator]
        case Unary():
            power = UNARY_POWER
        case In():
            power = POWERS["in"]
        case _:
            power = 99
    text = print_expression(tree)
    return text if power >= floor else f"({text})"


def _literal(tree: Literal) -> str:
    if tree.kind is LiteralKind.STRING:
        return _quoted(tree.text)
    if tree.kind is LiteralKind.ENUM:
        return f"{tree.type_name}{_quoted(tree.text)}"
    return tree.kind.value + _quoted(tree.text) if tree.kind in _PREFIXED else tree.text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _list(members: tuple[Expression, ...]) -> str:
    return ",".join(print_expression(member) for member in members)


def _path(tree: Path) -> str:
    root = f"@{tree.root.name}" if isinstance(tree.root, Alias) else tree.root
    text = root or ""
    for step in tree.steps:
        text += ("/" if text and not isinstance(step, KeyPredicate) else "") + _step(step)
    return text


def _step(step: PathStep) -> str:
    match step:
        case Name():
            return step.name
        case AnnotationName():
            return f"@{step.name}" + (f"#{step.qualifier}" if step.qualifier else "")
        case KeyPredicate():
            return f"({print_expression(step.positional) if step.positional else _named(step.named)})"
        case FunctionCall():
            return f"{step.name}({_named(step.named) if step.named else _list(step.arguments)})"
        case Lambda():
            predicate = f"{step.variable}:{print_expression(step.predicate)}" if step.predicate else ""
            return f"{step.operator}({predicate})"
        case CountStep():
            pairs = [("$filter", print_expression(step.filter) if step.filter else None), ("$search", step.search)]
            given = [f"{name}={text}" for name, text in pairs if text is not None]
            return "$count" + (f"({';'.join(given)})" if given else "")
        case _:
            assert_never(step)


def _named(values: tuple[NamedValue, ...]) -> str:
    return ",".join(f"{value.name}={print_expression(value.value)}" for value in values)
