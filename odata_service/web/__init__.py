"""The service over HTTP: the Flask application, the server, and all that is not OData (`/-/…`)."""

from odata_service.web.app import blueprint, create_app

__all__ = ["blueprint", "create_app"]
