"""Process that speaks with a Ray cluster for the engine `ray`: one request in JSON a line, one answer a line.

It is a process of its own as Ray ends a process that loses its cluster for a minute; the control plane outlives that.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMESPACE = "skyrack"
TAKEN = ("CPU", "GPU", "TPU")
"""Resources of a machine that a run takes whole."""


class Runner:
    """Actor that executes the script of a run on the first of its machines, until it is killed."""

    def __init__(self, script: str, group: str) -> None:
        environment = os.environ | {"SKYRACK_PLACEMENT_GROUP": group, "SKYRACK_RAY_NAMESPACE": NAMESPACE}
        with (Path(script).parent / "engine.log").open("ab") as log:
            # not a child of this process: Ray kills those with it, and nobody would be left to end the user's command
            subprocess.run(  # noqa: S603 - our own script
                ["/bin/bash", "-c", '/bin/bash "$0" &', script],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
                check=True,
            )


class Agent:
    """Connection with a cluster; Ray is imported in this process alone."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        if host and port.isdigit():  # Ray itself tries for a minute and more
            socket.create_connection((host, int(port)), timeout=5.0).close()
        import ray

        self.ray = ray
        ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, logging_level="error")

    def nodes(self) -> dict[str, list[dict[str, Any]]]:
        """Return the nodes by name; those of a name that is given again follow one another."""
        found: dict[str, list[dict[str, Any]]] = {}
        for node in self.ray.nodes():
            found.setdefault(node["NodeName"], []).append(node)
        return found

    def machines(self) -> list[list[Any]]:
        """Return name, and the number of living nodes of that name, of each node with processors."""
        rows = []
        for name, nodes in sorted(self.nodes().items()):
            alive = [node for node in nodes if node["Alive"] and node["Resources"].get("CPU", 0.0) > 0.0]
            if alive:
                rows.append([name, len(alive)])
        return rows

    def start(self, name: str, script: str, machines: list[str]) -> None:
        """Reserve whole nodes as a group and start the runner on the first; nothing happens if it was started before."""
        from ray.util.placement_group import placement_group
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        if name in self._names():
            return
        known = self.nodes()
        bundles, selectors = [], []
        for machine in machines:
            alive = [node for node in known.get(machine, ()) if node["Alive"]]
            if not alive:
                raise LookupError(f"machine {machine} is not part of the cluster")
            total = alive[0]["Resources"]
            bundles.append({kind: total[kind] for kind in TAKEN if total.get(kind, 0.0) > 0.0})
            selectors.append({"ray.io/node-id": alive[0]["NodeID"]})
        self._remove_group(name)
        group = placement_group(
            bundles, strategy="SPREAD", name=name, lifetime="detached", bundle_label_selector=selectors
        )
        self.ray.remote(Runner).options(
            name=name,
            lifetime="detached",
            num_cpus=0,
            max_restarts=0,
            scheduling_strategy=PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=0),
        ).remote(script, name)

    def stop(self, name: str) -> None:
        """Kill a runner and give its nodes back; its script ends by itself as it is no longer current."""
        with contextlib.suppress(ValueError):  # there is no such actor
            self.ray.kill(self.ray.get_actor(name), no_restart=True)
        self._remove_group(name)

    def observe(self) -> dict[str, list[str]]:
        """Return the names of all runners, and of the machines that live."""
        return {"runs": self._names(), "machines": [name for name, _ in self.machines()]}

    def _names(self) -> list[str]:
        names: list[str] = self.ray.util.list_named_actors()
        return names

    def _remove_group(self, name: str) -> None:
        with contextlib.suppress(ValueError):  # there is no such group
            self.ray.util.remove_placement_group(self.ray.util.get_placement_group(name))


def main() -> None:
    """Answer requests until the input ends: {"do": verb, "with": [arguments]}; {"found": ...} or {"error": sentence}."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed does not disturb the answers
    agent: Agent | None = None
    for line in sys.stdin:
        request = json.loads(line)
        answer: dict[str, Any] = {}
        try:
            agent = agent or Agent(sys.argv[1])
            verb: Callable[..., Any] = getattr(agent, request["do"])
            answer["found"] = verb(*request["with"])
        except Exception as error:  # noqa: BLE001 - Ray's own, and those of its network
            answer["error"] = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
