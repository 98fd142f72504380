"""Which replica serves which partitions: the same answer everywhere, from the list of replicas alone.

Each partition goes to the replica with the highest score for it (rendezvous hashing, D. Thaler and C. Ravishankar,
1998) that has not its full share yet; so shares differ by one at most, and few partitions move when replicas come and
go.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256


def fair_shares(partitions: Collection[str], hosts: Collection[str]) -> dict[str, frozenset[str]]:
    """Give each host its partitions; every partition goes to exactly one host. Without hosts nobody gets any."""
    names = sorted(hosts)
    shares: dict[str, set[str]] = {name: set() for name in names}
    if not names:
        return {}
    least, more = divmod(len(partitions), len(names))
    for partition in sorted(partitions):
        ranked = sorted(names, key=lambda name: _score(partition, name), reverse=True)
        for name in ranked:
            if len(shares[name]) < least:
                shares[name].add(partition)
                break
            if len(shares[name]) == least and more > 0:
                shares[name].add(partition)
                more -= 1
                break
    return {name: frozenset(share) for name, share in shares.items()}


def _score(partition: str, host: str) -> bytes:
    return sha256(f"{partition}\n{host}".encode()).digest()
