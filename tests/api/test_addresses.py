import ipaddress

import pytest
from starlette.requests import Request

from melodyai_edu.api.addresses import address_of

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]


def from_(client, *forwarded):
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return Request({"type": "http", "client": (client, 1), "headers": headers})


@pytest.mark.parametrize(
    ("request_", "address"),
    [
        (from_("6.6.6.6", "1.2.3.4"), "6.6.6.6"),  # nobody believes a stranger
        (from_("10.0.0.1"), "10.0.0.1"),
        (from_("10.0.0.1", "1.2.3.4"), "1.2.3.4"),
        (from_("10.0.0.1", "9.9.9.9, 1.2.3.4, 10.0.0.2"), "1.2.3.4"),
        (from_("10.0.0.1", "9.9.9.9", "1.2.3.4"), "1.2.3.4"),  # two lines are one list
        (from_("fd00::1", "2001:db8::7"), "2001:db8::7"),
        (from_("10.0.0.1", "<script>"), "10.0.0.1"),
        (from_("10.0.0.1", ", " * 50_000), "10.0.0.1"),
        (from_("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3"),
    ],
)
def test_the_sender_is_the_last_who_is_no_proxy(request_, address):
    assert address_of(request_, PROXIES) == address


def test_without_a_list_no_header_is_believed():
    assert address_of(from_("127.0.0.1", "1.2.3.4"), []) == "127.0.0.1"
