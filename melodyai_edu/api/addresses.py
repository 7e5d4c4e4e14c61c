"""From which address a request comes.

Conventions
-----------
What a header says is believed of proxies that are listed, and of nobody else: anybody can write
one.

Contents
--------
address_of
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.requests import Request

__all__ = ["address_of"]

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST_HOPS = 20


def address_of(request: Request, proxies: Sequence[_Network]) -> str:
    """Give the address of whoever sent a request.

    Parameters
    ----------
    request : Request
    proxies : sequence of network
        Whose ``X-Forwarded-For`` is believed: from its end, the first address that is none of
        theirs is the sender's.

    Returns
    -------
    address : str

    Examples
    --------
    >>> scope = {"type": "http", "client": ("10.0.0.1", 1), "headers": [
    ...     (b"x-forwarded-for", b"6.6.6.6, 203.0.113.9, 10.0.0.2")]}
    >>> address_of(Request(scope), []), address_of(
    ...     Request(scope), [ipaddress.ip_network("10.0.0.0/8")])
    ('10.0.0.1', '203.0.113.9')
    """
    address = request.client.host if request.client else "unknown"
    hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")[-_MOST_HOPS:]
    while _is_proxy(address, proxies) and hops:
        hop = hops.pop().strip()
        if not _is_address(hop):
            break
        address = hop
    return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_proxy(address: str, proxies: Sequence[_Network]) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in each for each in proxies)
