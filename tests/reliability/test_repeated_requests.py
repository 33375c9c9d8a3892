"""What is sent again after its connection or the server has gone is carried out once (Repeatable Requests 1.0)."""

import http.client
import json
import os
import signal
import socket
import struct
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random
from threading import Thread
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest

from tests.asking import ask, service_of
from tests.models import SHOP, shop_schema
from tests.reliability.test_durability import database
from tests.repeating import as_sent, repeatable
from tests.serving import served

CLIENTS = 3
REQUESTS = 12
_CUT = struct.pack("ii", 1, 0)


class Client:
    """Creates entities whose key the service gives; each request is cut off first, then sent twice at the same time."""

    def __init__(self, number: int, urls: list[str]) -> None:
        self.number = number
        self.titles: list[str] = []
        self.answers: list[set[tuple[int, str | None, str | None]]] = []
        self._urls = urls
        self._random = Random(number)

    def run(self) -> None:
        with ThreadPoolExecutor(2) as pool:
            for number in range(REQUESTS):
                title = f"{self.number}-{number}"
                self.titles.append(title)
                headers = {"Content-Type": "application/json", **as_sent(repeatable())}
                body = json.dumps({"title": title})
                self._cut(body, headers)
                self.answers.append(set(pool.map(lambda _: self._sent(body, headers), range(2))))  # noqa: B023

    def _cut(self, body: str, headers: dict[str, str]) -> None:
        """Sends a request and breaks the connection at some moment."""
        where = urlsplit(self._urls[-1])
        head = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        request = f"POST /Orders HTTP/1.1\r\nHost: {where.netloc}\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}"
        with suppress(OSError), socket.create_connection((where.hostname, where.port), timeout=10) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CUT)
            connection.sendall(request.encode())
            sleep(self._random.random() * 0.02)

    def _sent(self, body: str, headers: dict[str, str]) -> tuple[int, str | None, str | None]:
        """The answer to a request that is sent as often as it must be."""
        deadline = monotonic() + 60
        while True:
            try:
                answer = self._answer(body, headers)
            except (OSError, http.client.HTTPException):
                answer = None
            if answer is not None and answer[0] != 503:
                return answer
            assert monotonic() < deadline, "nobody answers"
            sleep(0.05)

    def _answer(self, body: str, headers: dict[str, str]) -> tuple[int, str | None, str | None]:
        connection = http.client.HTTPConnection(urlsplit(self._urls[-1]).netloc, timeout=10)
        try:
            connection.request("POST", "/Orders", body, headers)
            response = connection.getresponse()
            response.read()
        finally:
            connection.close()
        path = urlsplit(response.getheader("Location") or "").path
        return response.status, path, response.getheader("Repeatability-Result")


@pytest.mark.parametrize("family", ["sqlite", "postgresql"])
def test_what_is_sent_again_is_carried_out_once_whatever_breaks(tmp_path: Path, family: str) -> None:
    with database(family, tmp_path) as (file, url):
        options = ("--workers", "2", *(("--database", url) if file is None else ()))
        urls: list[str] = []
        clients = [Client(number, urls) for number in range(CLIENTS)]
        threads = [Thread(target=client.run) for client in clients]
        with served(file, *options, source=SHOP) as (base_url, process):
            urls.append(base_url)
            for thread in threads:
                thread.start()
            sleep(0.3)
            os.killpg(process.pid, signal.SIGKILL)
        with served(file, *options, source=SHOP) as (base_url, _):
            urls.append(base_url)
            for thread in threads:
                thread.join()
        with service_of(shop_schema(), url=url) as service:
            found = Counter(ask(service, "GET", "Orders?$select=title", prefer="maxpagesize=10000").column("title"))
    sent = [title for client in clients for title in client.titles]
    assert found == Counter(sent)
    answers = [answer for client in clients for answer in client.answers]
    assert [len(answer) for answer in answers] == [1] * len(sent)
    assert {(status, result) for answer in answers for status, _, result in answer} == {(201, "accepted")}
    assert len({path for answer in answers for _, path, _ in answer}) == len(sent)
