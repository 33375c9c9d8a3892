"""A schema in, its `$metadata` document out."""

from odata_service.csdl.capabilities import Abilities, announced
from odata_service.csdl.json import write_json
from odata_service.csdl.xml import write_xml

__all__ = ["Abilities", "announced", "write_json", "write_xml"]
