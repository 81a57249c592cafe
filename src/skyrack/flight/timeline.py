"""Timeline of a flight: power, temperature, radiation and routes of the flown satellites, frozen as Parquet.

A scenario is turned into a timeline once, before the flight; the processes of the job then read it from the flight's folder,
so that a flight can be repeated without the models that made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.flight.tables import ROUTES_TABLE

if TYPE_CHECKING:
    from skyrack.results.run_folder import RunFolder

Floats = NDArray[np.float64]
CONDITIONS_COLUMNS = (
    "sunlit_frac",
    "compute_power_frac",
    "clock_frac",
    "node_failures_per_s",
    "sdc_per_s",
    "proton_flux_per_m2_s",
    "electronics_temp_k",
)


@dataclass(frozen=True)
class Hardware:
    """Computers of one flown satellite or ground machine, and what they cost."""

    title: str
    """Name of the accelerator."""
    accelerators: int
    """Number of accelerators of one node."""
    flops_per_s: float
    """Sustained arithmetic rate of one node at full power: peak times kernel efficiency."""
    scale_up_bytes_per_s: float
    """Data rate of each accelerator to the others of its node."""
    power_w: float
    """Power of the computers of one node at full power."""
    usd_per_j: float | None
    """Levelised cost of the energy that the computers draw, everything included; None where nothing can be priced."""
    reboot_s: float
    """Time in which a node reboots."""
    restart_s: float
    """Time of a restart without the reboot: the failure is noticed, the job starts again and loads its checkpoint."""


@dataclass(frozen=True)
class Timeline:
    """Conditions of the flown satellites over the virtual time of a flight; arrays are (time, rank) or (time, rank, rank)."""

    scenario: str
    shell: str
    satellites: tuple[int, ...]
    """Numbers of the satellites in the scenario's layout, by rank; neighbours are adjacent."""
    begin_s: float
    """Time since the epoch at which the virtual clock starts."""
    orbit: Hardware
    ground: Hardware
    ground_link_bytes_per_s: float
    """Data rate of a ground machine to the others."""
    ground_hop_s: float
    """Latency of a hop of the ground network."""
    storms_per_s: float
    """Rate of solar storms, which stop all satellites."""
    storm_s: float
    """Time for which a storm stops them."""
    time_s: Floats
    """End of each step of the conditions since the start of the flight, (time,)."""
    sunlit_frac: Floats
    compute_power_frac: Floats
    """Power served to the computers over their peak power."""
    clock_frac: Floats
    """Arithmetic rate over that at full power."""
    node_failures_per_s: Floats
    """Rate of detected failures that stop a satellite's computers."""
    sdc_per_s: Floats
    """Rate of silent data corruption (SDC)."""
    proton_flux_per_m2_s: Floats
    electronics_temp_k: Floats
    route_time_s: Floats
    """Time since the start of the flight from which each snapshot of the routes holds, (snapshot,)."""
    delay_s: Floats
    """Propagation delay of each route, (snapshot, rank, rank); infinite without a route."""
    rate_bit_per_s: Floats
    """Data rate of the slowest link of each route, (snapshot, rank, rank); zero without a route."""
    hops: NDArray[np.int64]
    """Number of links of each route, (snapshot, rank, rank); -1 without a route."""

    @property
    def n_ranks(self) -> int:
        """Number of flown satellites."""
        return len(self.satellites)

    @property
    def step_s(self) -> float:
        """Length of a step of the conditions."""
        return float(self.time_s[0])

    @property
    def span_s(self) -> float:
        """Virtual time that the timeline covers."""
        return float(self.time_s[-1])

    def write(self, folder: RunFolder) -> None:
        """Write routes.parquet and timeline.json to a flight's folder; conditions.parquet is written by its own type."""
        from skyrack.results.parquet import write_table

        write_table(folder, ROUTES_TABLE, self._routes())
        arrays = {one.name for one in fields(self) if isinstance(getattr(self, one.name), np.ndarray)}
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in arrays}
        plain |= {"orbit": asdict(self.orbit), "ground": asdict(self.ground)}
        folder.write_json("timeline.json", plain)

    def _routes(self) -> Iterator[dict[str, Any]]:
        n, snapshots = self.n_ranks, len(self.route_time_s)
        first, second = np.divmod(np.arange(n * n), n)
        yield {
            "time_s": np.repeat(self.route_time_s + self.begin_s, n * n),
            "first": np.tile(first.astype(np.int32), snapshots),
            "second": np.tile(second.astype(np.int32), snapshots),
            "delay_s": self.delay_s.ravel(),
            "rate_bit_per_s": self.rate_bit_per_s.ravel(),
            "hops": self.hops.ravel().astype(np.int32),
        }

    @classmethod
    def read(cls, path: Path) -> Timeline:
        """Read the timeline of a flight's folder; raises InputError where a part is missing or damaged."""
        import pyarrow.parquet as pq

        try:
            plain = json.loads((path / "timeline.json").read_text("utf-8"))
            conditions = pq.read_table(path / "conditions.parquet", use_threads=False)
            routes = pq.read_table(path / f"{ROUTES_TABLE.name}.parquet", use_threads=False)
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: the timeline of the flight cannot be read ({error})") from None
        n, begin_s = len(plain["satellites"]), float(plain["begin_s"])
        snapshots = routes.num_rows // (n * n)

        def by_time(name: str) -> Floats:
            return np.ascontiguousarray(conditions[name].to_numpy().astype(np.float64).reshape(n, -1).T)

        def by_pair(name: str, kind: Any = np.float64) -> Any:
            return routes[name].to_numpy().astype(kind).reshape(snapshots, n, n)

        return cls(
            **plain
            | {
                "satellites": tuple(plain["satellites"]),
                "orbit": Hardware(**plain["orbit"]),
                "ground": Hardware(**plain["ground"]),
                "time_s": by_time("time_s")[:, 0] - begin_s,
                **{name: by_time(name) for name in CONDITIONS_COLUMNS},
                "route_time_s": routes["time_s"].to_numpy()[:: n * n] - begin_s,
                "delay_s": by_pair("delay_s"),
                "rate_bit_per_s": by_pair("rate_bit_per_s"),
                "hops": by_pair("hops", np.int64),
            }
        )

    def energy_j(self, rank: int, time_s: Floats) -> Floats:
        """Return the energy that the computers of a satellite drew from the start of the flight to some times, (time,).

        The power is that which the satellite serves to its computers, whether they compute or wait.
        """
        edges = np.concatenate([[0.0], self.time_s])
        drawn_j = (
            np.concatenate([[0.0], np.cumsum(self.compute_power_frac[:, rank]) * self.step_s]) * self.orbit.power_w
        )
        return np.interp(time_s, edges, drawn_j)
