"""The stationery shop as V2 clients see it."""

import json
from dataclasses import dataclass
from typing import Any

from odata_service.service import Request, Service
from odata_service.v2 import V2Service
from tests.asking import Answer

ROOT = "http://host/v2/"


@dataclass(frozen=True)
class Shop:
    """The shop as V2 clients see it."""

    service: Service
    face: V2Service

    def ask(self, method: str, target: str, body: object = None, **headers: str) -> Answer:
        path, _, query = target.partition("?")
        sent = {"accept": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if body is not None:
            sent.setdefault("content-type", "application/json")
        response = self.face.handle(Request(method, path, query.replace(" ", "%20"), sent, content, ROOT, "test"))
        made = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        return Answer(response.status, dict(response.headers), made)

    def get(self, target: str, **headers: str) -> Any:
        answer = self.ask("GET", target, **headers)
        assert answer.status == 200, answer.body
        return answer.json["d"]

    def names(self, options: str) -> list[str]:
        return [found["name"] for found in self.get(f"Articles?$orderby=number&{options}")["results"]]
