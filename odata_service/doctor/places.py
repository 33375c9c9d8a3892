"""Where something stands in a text: the offset of a member of JSON by its path, the tag of an element of XML."""

import re

from odata_service.definition.safe_xml import Element, line_of
from odata_service.doctor.model import local

_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"(?P<name>\s*+:)?|[{}\[\],]', re.DOTALL)
_LONGEST_LINE = 160


def offset_of(text: str, path: str) -> int:
    """The offset of the value at a path such as `value/0/price`, of its name where it has one; -1 where there is none.

    A name may hold what separates the parts of a path. The text need not be whole.
    """
    stack: list[str | int] = []
    for token in _TOKENS.finditer(text):
        match token[0][0]:
            case "{":
                stack.append("")
            case "[":
                stack.append(0)
            case "}" | "]" if stack:
                stack.pop()
            case "," if stack and isinstance(stack[-1], int):
                stack[-1] += 1
            case '"' if token["name"] is not None and stack:
                stack[-1] = token[0][1 : token[0].rindex('"')]
            case _:
                continue
        if stack and stack[-1] != "" and path.endswith(str(stack[-1])) and "/".join(map(str, stack)) == path:
            return token.start() if isinstance(stack[-1], str) else token.end()
    return -1


def line_around(text: str, offset: int) -> tuple[int, str]:
    """The line at an offset, and its text; of a long one what stands around the offset."""
    start = max(text.rfind("\n", 0, offset) + 1, offset - _LONGEST_LINE // 3)
    end = text.find("\n", offset)
    shown = text[start : end if end > 0 else len(text)][:_LONGEST_LINE]
    return text.count("\n", 0, offset) + 1, shown


def line_of_element(text: str, element: Element) -> tuple[int, str]:
    """The line of an element, and its text; of a long one, as documents in one line have it, the tag of the element."""
    line = line_of(element)
    lines = text.splitlines()
    shown = lines[line - 1].strip() if line <= len(lines) else ""
    if len(shown) > _LONGEST_LINE:
        stated = {str(name): str(value) for name, value in element.attrib.items()}
        attributes = "".join(f' {name}="{value}"' for name, value in stated.items() if name[0] != "{")
        shown = f"<{local(element)}{attributes}>"
    return line, shown
