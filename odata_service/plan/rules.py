"""Row rules in plans: which entities of a source there are for a caller.

A rule is a condition over the entities of a source. It holds wherever the source enters a plan, as the end of a path or
on the way, expanded, counted, in conditions, transformations and cross joins: what does not satisfy it is not there.
The values that it compares with are those of the caller. They come behind those of the request, and their slots are
counted from the end: so one plan serves requests of one shape with any number of values of their own.
"""

from typing import TypeVar

from msgspec.structs import replace

from odata_service.plan.model import CountPlan, ReadPlan, Rules

Read = TypeVar("Read", ReadPlan, CountPlan)


def ruled(plan: Read, rules: Rules) -> Read:
    """The plan under rules, which hold for all that it expands too."""
    return replace(plan, rules=rules)


def slot_from_end(place: int, count: int) -> int:
    """The slot of the value at a place among `count` values behind those of a request.

    >>> [slot_from_end(place, 3) for place in range(3)]
    [-3, -2, -1]
    """
    return place - count
