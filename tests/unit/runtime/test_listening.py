"""The address that is listened at: taken once, and what is wrong with it said in a sentence."""

import socket

import pytest

from solvent.runtime import RuntimeRefused
from solvent.runtime.listening import is_loopback, names_of, take_address, url_of


def test_any_free_port_is_taken_and_told_as_a_browser_wants_it() -> None:
    with take_address("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert port > 0
        assert url_of(taken) == f"http://127.0.0.1:{port}"


def test_a_port_that_is_in_use_is_refused_with_what_to_do() -> None:
    with take_address("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeRefused, match=f"127.0.0.1 port {port} cannot be listened at: another"):
            take_address("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(RuntimeRefused, match="this machine does not have that address"):
        take_address("203.0.113.1", 0)


def test_a_name_that_nobody_has_is_refused() -> None:
    with pytest.raises(RuntimeRefused, match="no address has that name"):
        take_address("no such name", 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.0.2.7", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_machine_itself_are_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_machine_goes_by_the_address_that_it_listens_at_or_by_all_of_its_own() -> None:
    assert names_of("192.0.2.7") == ("192.0.2.7",)
    assert names_of("127.0.0.1") == ("127.0.0.1",)
    assert names_of("0.0.0.0")[0] == socket.gethostname()


def test_a_machine_whose_name_nobody_knows_goes_by_that_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> list[object]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert names_of("::") == (socket.gethostname(),)
