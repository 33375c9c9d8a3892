"""Which annotations a client wants to see, as `include-annotations` lists them (Protocol 8.2.8.4).

| item | speaks of |
|---|---|
| `*` | all |
| `ns.*` | those whose terms are in a namespace, or in one below it |
| `ns.term` | those of a term, with any qualifier or none |
| `ns.term#q` | those of a term with this qualifier |

A minus in front leaves them out. The item that says most of an annotation decides; what no item speaks of is left out.
"""

import re

from msgspec import Struct

_ITEM = re.compile(r"(-?)(\*|[^\W\d][\w.]*(?:\.\*)?(?:#[^\W\d]\w*)?)")
_MOST_ITEMS = 100


class ChosenAnnotations(Struct, frozen=True):
    """The items of such a list with whether each includes, the one that says most first; `text` is the list."""

    text: str
    items: tuple[tuple[str, bool], ...]

    def includes(self, term: str, qualifier: str | None) -> bool:
        """Whether an annotation is wanted."""
        qualified = f"{term}#{qualifier}" if qualifier else term
        known = (included for name, included in self.items if _speaks_of(name, term, qualified))
        return next(known, False)


def chosen_annotations(text: str) -> ChosenAnnotations | None:
    """What a list says; None for one that is no list of patterns, or beyond all measure long."""
    parts = [part.strip() for part in text.split(",")]
    found = [_ITEM.fullmatch(part) for part in parts]
    if len(parts) > _MOST_ITEMS or not all(found):
        return None
    items = {match[2]: not match[1] for match in found if match}
    first = sorted(items.items(), key=lambda item: _weight(item[0]), reverse=True)
    return ChosenAnnotations(",".join(parts), tuple(first))


def _speaks_of(name: str, term: str, qualified: str) -> bool:
    if name.endswith("*"):
        return term.startswith(name[:-1])
    return name in {term, qualified}


def _weight(name: str) -> tuple[bool, int]:
    """Names before patterns, longer ones before shorter ones."""
    return not name.endswith("*"), len(name)
