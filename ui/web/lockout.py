"""Count what fails, by user and by address, and say how long each must wait. In memory, bounded."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Attempts", "Key", "keys_of"]

Key = tuple[str, str]  # ("user", name) or ("address", network)

FREE = {"user": 5, "address": 20}  # failures without a wait; many people may come from one address
FIRST_WAIT_S = 60.0
LONGEST_WAIT_S = 3600.0
FORGOTTEN_AFTER_S = 24 * 3600.0
# Each entry costs whoever makes it a hash, of which two run at once: pushing out another takes longer than waiting.
MOST_KEPT = 10_000


@dataclass(slots=True)
class _Tries:
    failures: int = 0
    last: float = 0.0
    until: float = 0.0


def keys_of(name: str, address: str) -> tuple[Key, Key]:
    """Return what an attempt counts against. Of IPv6 it is the network of 64 bits, which one customer has to himself."""
    try:
        ip = ipaddress.ip_address(address)
        network = str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
    except ValueError:
        network = address[:64]
    return ("user", name[:64]), ("address", network)


class Attempts:
    """How often signing in failed. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: OrderedDict[Key, _Tries] = OrderedDict()

    def wait(self, *keys: Key) -> float:
        """Return the seconds until there may be another attempt, 0 if now."""
        now = self._clock()
        return max([0.0, *(self._tries[key].until - now for key in keys if key in self._tries)])

    def fail(self, *keys: Key) -> None:
        """Count a failure. Called before an attempt is made, so that many at once gain nothing; see `forgive`."""
        now = self._clock()
        for key in keys:
            tries = self._tries.setdefault(key, _Tries())
            if now - tries.last > FORGOTTEN_AFTER_S:
                tries.failures = 0
            tries.failures, tries.last = tries.failures + 1, now
            if (over := tries.failures - FREE[key[0]]) >= 0:
                tries.until = now + min(FIRST_WAIT_S * 2 ** min(over, 10), LONGEST_WAIT_S)
            self._tries.move_to_end(key)
        while len(self._tries) > MOST_KEPT:
            self._tries.popitem(last=False)

    def forgive(self, user: Key, address: Key) -> None:
        """Take back the failure of an attempt that was none. What others of the address did wrong stays counted."""
        self._tries.pop(user, None)
        if tries := self._tries.get(address):
            tries.failures, tries.until = tries.failures - 1, 0.0
