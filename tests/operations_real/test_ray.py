"""Ray as an engine, on a cluster of three nodes on this machine: gangs, losses, and a control plane that begins anew."""

import os
import time

import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'skyrack[ray]'")

from skyrack.core.errors import InputError
from skyrack.operations.engines import EngineError
from skyrack.operations.engines.ray import Ray
from skyrack.operations.engines.runs import JobFolder, Placed
from skyrack.operations.live.service import AskedControl, engine_of
from skyrack.operations.manifest import Manifest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning"),
]
SCRIPT = "trap 'echo saved; exit 75' USR1; echo on $SKYRACK_SATELLITES; for i in $(seq 600); do sleep 0.1; done"


def until(condition, most_s=120.0):
    end = time.monotonic() + most_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)
    assert condition()


@pytest.fixture(scope="module")
def cluster():
    os.environ.update({"RAY_DISABLE_DASHBOARD": "1", "RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"})
    from ray.cluster_utils import Cluster

    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes = [found.add_node(num_cpus=1, node_name=f"sat{k}") for k in range(3)]
    yield found, nodes
    found.shutdown()


@pytest.fixture
def job(tmp_path):
    manifest = Manifest.model_validate({"name": "a", "script": SCRIPT, "time": {"work": "1 h"}})
    folder = JobFolder(tmp_path, 1)
    folder.write(manifest)

    def prepare(number, machines):
        placed = Placed(tuple(f"low/{one}" for one in machines), machines, 0.0)
        return folder.prepare(f"sky1-1-{number}", number, manifest, placed)

    return folder, prepare


def test_runs_on_a_ray_cluster(cluster, job):
    """One cluster for all of it, as it takes a while to start."""
    ray_cluster, nodes = cluster
    engine, names = engine_of(AskedControl(engine=f"ray:{ray_cluster.address}"), job[0].path)
    assert names == ("sat0", "sat1", "sat2")
    folder, prepare = job

    # a gang on two nodes begins once, is signalled and saves
    run = prepare(1, ("sat1", "sat2"))
    engine.start(run)
    engine.start(run)
    until(lambda: folder.has_begun(1) and "on low/sat1,low/sat2" in folder.log(1).read_text())
    assert engine.observe().runs == {"sky1-1-1"}
    folder.ask_checkpoint(1)
    until(lambda: folder.status(1) == 75)
    engine.forget("sky1-1-1")
    until(lambda: engine.observe().runs == frozenset())

    # one that waits for a node starts when it is free; another process finds it, and stops it
    first, second = prepare(2, ("sat0",)), "sky1-2-1"
    engine.start(first)
    until(lambda: folder.has_begun(2))
    other = JobFolder(folder.path.parent, 2)
    manifest = Manifest.model_validate({"name": "b", "script": "echo hello", "time": {"work": "1 h"}})
    other.write(manifest)
    engine.start(other.prepare(second, 1, manifest, Placed(("low/sat0",), ("sat0",), 0.0)))
    time.sleep(2.0)
    assert not other.has_begun(1)
    again = Ray(ray_cluster.address)
    again.watch(names)
    assert again.observe().runs == {"sky1-1-2", second}
    folder.allow(None)
    again.stop("sky1-1-2")
    until(lambda: folder.status(2) is not None and other.status(1) == 0)
    assert other.log(1).read_text() == "hello\n"
    again.stop(second)

    # a node that is lost takes its run along
    again.start(prepare(3, ("sat2",)))
    until(lambda: folder.has_begun(3))
    ray_cluster.remove_node(nodes[2])
    until(lambda: again.observe().lost_machines == {"sat2"} and again.observe().runs == frozenset())
    with pytest.raises(EngineError, match="machine sat2 is not part of the cluster"):
        again.start(prepare(4, ("sat2",)))
    again.stop("never known")


def test_a_cluster_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"--engine ray:127\.0\.0\.1:1: Ray \(127\.0\.0\.1:1\)"):
        engine_of(AskedControl(engine="ray:127.0.0.1:1"), tmp_path)
