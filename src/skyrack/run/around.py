"""What a run works out once its fleet has flown: radiation, jobs, the closed satellite, build-out, price, network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any

from skyrack.design.budget import budget_of
from skyrack.design.sizing import size
from skyrack.environment.exposure_summary import FIGURES as RADIATION_FIGURES
from skyrack.environment.exposure_summary import radiation
from skyrack.fleet.flight import Flight
from skyrack.fleet.power import SatellitePower
from skyrack.network.output import keep_network
from skyrack.results.progress import Progress
from skyrack.results.run_folder import RunFolder
from skyrack.run.pricing import delivered, growth, with_prices
from skyrack.workload.summary import figures_of as workload_figures
from skyrack.workload.summary import workload


def look_around(
    folder: RunFolder,
    flight: Flight,
    account: Callable[[], dict[str, Any]],
    on_progress: Callable[[Progress], None] | None,
) -> dict[str, Any]:
    """All that does not fly, as figures of the summary: the network on a thread of its own beside the rest.

    They need nothing of each other. The rest begins with `account`, which keeps what flew and sums it up.
    """
    begun, looks, is_left = time.perf_counter(), [0, 1], threading.Event()

    def looked(done: int, of: int) -> None:
        if is_left.is_set():
            raise InterruptedError("the run ended while its network was looked at")
        looks[:] = done, of

    with ThreadPoolExecutor(1) as beside:
        network = beside.submit(copy_context().run, keep_network, folder, flight.scenario, looked)

        def told(progress: Progress) -> None:
            if network.done():
                network.result()  # what failed there ends the rest too
            if on_progress is not None:
                on_progress(progress)

        try:
            summary = account()
            figures = summary | _look_into(folder, flight, summary, told)
            while wait([network], timeout=0.5).not_done:
                if on_progress is not None:
                    on_progress(Progress("network", looks[0], looks[1], time.perf_counter() - begun))
        except BaseException:
            is_left.set()
            raise
        return figures | network.result()


def _look_into(
    folder: RunFolder, flight: Flight, summary: dict[str, Any], on_progress: Callable[[Progress], None]
) -> dict[str, Any]:
    """Radiation, jobs, the satellite that would close, build-out and price: each a document, and figures of the summary."""
    scenario = flight.scenario
    found = size(scenario, keep_cells=folder.manifest["cells_given"])
    exposed = radiation(scenario, flight.shells, budget_of(scenario, found))
    folder.write_json("radiation.json", exposed)
    begun = time.perf_counter()

    def worked(done: int, of: int) -> None:
        on_progress(Progress("workload", done, of, time.perf_counter() - begun))

    if scenario.workload.training is not None or scenario.workload.serving is not None:
        worked(0, 1)
    jobs = workload(scenario, exposed, worked)
    document, figures = growth(scenario, found, power=_power_per_sat(summary), delivered=delivered(scenario, jobs))
    folder.write_json("growth.json", document)
    folder.write_json("workload.json", with_prices(jobs, document["price"]))
    return figures | {name: exposed[name] for name in RADIATION_FIGURES} | workload_figures(jobs)


def _power_per_sat(summary: dict[str, Any]) -> SatellitePower:
    sat_seconds = summary["n_sats"] * summary["span_s"]
    return SatellitePower(
        summary["compute_power_per_sat_mean_w"],
        summary["array_energy_j"] / sat_seconds,
        summary["spilled_energy_j"] / sat_seconds,
    )
