"""What the links mean for a training step."""

from __future__ import annotations

from skyrack.physics.light import light_time_s


def ring_all_reduce_s(amount_bytes: float, members: int, rate_bit_per_s: float, hop_m: float) -> float:
    """Time in which a ring of satellites adds up equal amounts of data, each ending with the sum.

    t = 2 (n - 1) / n S / B + 2 (n - 1) d / c: every byte goes round nearly twice in n pieces, the slowest link of rate B
    sets the pace, and each of the 2 (n - 1) turns waits for light over a hop.

    Computing, packet headers and links that fail on the way are neglected. Reference: Patarasuk and Yuan, J. Parallel
    Distrib. Comput. 69 (2009) 117.
    """
    if members < 2:
        return 0.0
    turns = 2.0 * (members - 1)
    return turns / members * 8.0 * amount_bytes / rate_bit_per_s + turns * float(light_time_s(hop_m))
