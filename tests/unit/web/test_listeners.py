import select
import socket
import sys

import pytest

from odata_service.web.listeners import Listeners, PortInUse, accept_no_more


def closed(listener: socket.socket) -> bool:
    return listener.fileno() == -1


def test_each_worker_has_a_socket_at_the_one_port() -> None:
    listeners = Listeners("127.0.0.1", 0, 2)
    first, second = listeners.of_worker(0), listeners.of_worker(1)
    assert {listener.getsockname()[1] for listener in (first, second)} == {listeners.port}
    assert (first is second) == (sys.platform != "linux")
    listeners.close()
    assert closed(first)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers share a socket")
def test_a_worker_keeps_its_own_socket_alone() -> None:
    listeners = Listeners("127.0.0.1", 0, 2)
    listeners.keep_only(1)
    assert [closed(listeners.of_worker(number)) for number in (0, 1)] == [True, False]
    listeners.close()


def test_whoever_connects_waits_until_somebody_accepts() -> None:
    listeners = Listeners("127.0.0.1", 0)
    with socket.create_connection(("127.0.0.1", listeners.port), timeout=5) as client:
        listeners.of_worker(0).settimeout(5)
        accepted, _ = listeners.of_worker(0).accept()
        accepted.sendall(b"a")
        assert client.recv(1) == b"a"
        accepted.close()
    listeners.close()


def test_a_port_at_which_others_listen_is_in_use() -> None:
    listeners = Listeners("127.0.0.1", 0)
    with pytest.raises(PortInUse, match=f"Port {listeners.port} on 127.0.0.1 cannot be used: Address already in use."):
        Listeners("127.0.0.1", listeners.port)
    listeners.close()


def test_who_takes_nothing_of_what_is_sent_is_given_up() -> None:
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        pytest.skip("only Linux gives up for us")
    listeners = Listeners("127.0.0.1", 0)
    listeners.bound(2.5)
    with socket.create_connection(("127.0.0.1", listeners.port), timeout=5):
        listeners.of_worker(0).settimeout(5)
        accepted, _ = listeners.of_worker(0).accept()
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 2_500
        accepted.close()
    listeners.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process waits for")
def test_who_makes_room_is_not_woken_for_new_clients() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, select.epoll() as waiting:
        before = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        for one in (listener, accepted):
            waiting.register(one, select.EPOLLIN)
        accept_no_more()
        with before, accepted, socket.create_connection(listener.getsockname()):
            before.sendall(b"x")
            assert waiting.poll(1) == [(accepted.fileno(), select.EPOLLIN)]
