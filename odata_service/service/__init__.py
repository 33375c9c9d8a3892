"""The protocol over plain requests and responses: knows no web framework."""

from odata_service.service.call import Call
from odata_service.service.entities import Entities, Entity
from odata_service.service.identity import Authenticator
from odata_service.service.message import Principal, Request, Response
from odata_service.service.service import Service

__all__ = ["Authenticator", "Call", "Entities", "Entity", "Principal", "Request", "Response", "Service"]
