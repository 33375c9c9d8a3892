"""What path items are made with: the model, how the service is set up, and the makers of what items refer to."""

from msgspec import Struct

from odata_service.edm.model import Schema
from odata_service.openapi.answers import Answers
from odata_service.openapi.components import Components
from odata_service.openapi.offer import Offer
from odata_service.openapi.operations import Items
from odata_service.openapi.options import QueryOptions
from odata_service.openapi.types import TypeSchemas


class Tools(Struct, frozen=True):
    """The tools of one description."""

    schema: Schema
    offer: Offer
    types: TypeSchemas
    answers: Answers
    options: QueryOptions
    items: Items


def tools_for(schema: Schema, offer: Offer, components: Components) -> Tools:
    """The tools that put what they make into these components."""
    types = TypeSchemas(schema, components)
    answers = Answers(components, types)
    options = QueryOptions(schema, components, offer.tracked)
    return Tools(schema, offer, types, answers, options, Items(answers.failures()))
