"""Whose tries are counted together, and how many are allowed."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from estate.language import N_
from estate.retention.rules import Retention

TRIES = Retention(
    kind="tries",
    purpose=N_("How often a code was tried, so that nobody can go on guessing."),
    source=N_("Our own choice: longer than any pause after too many tries."),
    inner=True,
)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` in a window of `seconds`."""

    tries: int
    seconds: int


def network_of(address: str) -> str:
    """Whose tries are counted together: one IPv4 address, or one IPv6 /64 network (RFC 6177)."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 6:
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((found, 64), strict=False))
    return str(found)
