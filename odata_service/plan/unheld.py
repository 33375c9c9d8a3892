"""What complex values lead to ends with them: which relations and streams a change leaves with no value around them."""

from collections.abc import Mapping

from odata_service.edm.model import Schema
from odata_service.edm.structured import ComplexValue, Value


def is_unheld(path: str, stated: Mapping[str, Value], entity_type: str, schema: Schema, *, merges: bool) -> bool:
    """Whether no complex value is left at the path before a name, when an entity has been changed as stated.

    With `merges` what is not stated stays as it is; otherwise it is what it begins as.
    """
    holder, members = entity_type, stated
    value: Value = None
    for step in path.split("/")[:-1]:
        if "." in step:
            assert isinstance(value, ComplexValue), "a cast follows a value"
            if not (value.says_type or not merges):
                return False
            if not schema.is_derived(value.type, step):
                return True
            holder = step
            continue
        declared = schema.properties(holder).get(step)
        if declared is None or step not in members:
            return declared is not None and not merges and declared.type.nullable
        value = members[step]
        if not isinstance(value, ComplexValue):
            return True
        holder, members = declared.type.name, value.properties
    return False
