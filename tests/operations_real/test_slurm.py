"""Jobs on a cluster of Slurm whose nodes are lost and whose controller is killed, as is the control plane itself."""

import time

import pytest

from tests.operations_real.plane import Plane
from tests.slurm import cluster, needs_slurm

pytestmark = [pytest.mark.slow, needs_slurm]
JOB = """\
name: job{k}
command:
- bash
- -c
- trap 'exit 75' USR1; for i in $(seq {n}); do sleep 0.1; done; trap '' USR1; echo $SKYRACK_RUN >>{folder}/done.{k}
gang: {{satellites: {satellites}}}
time: {{work: 3 min}}
checkpoint: {{every: 1 h, takes: 2 min, restart: 0 s, saved_status: 75}}
"""


@pytest.fixture
def slurm(monkeypatch):
    with cluster(16, monkeypatch, timeout_s=8) as found:
        yield found


def test_a_hundred_jobs_survive_lost_nodes_and_killed_controllers(slurm, tmp_path):
    """3 nodes lost at work, Slurm's controller and the control plane killed: all are done, once if no machine was lost."""
    done = tmp_path / "done"
    done.mkdir()
    plane = Plane(tmp_path / "control", "starlink-v3-compute", "--speed", 60)
    plane.start()
    begun = time.monotonic()
    try:
        for k in range(100):
            path = tmp_path / f"job{k}.yaml"
            path.write_text(JOB.format(k=k, n=30 + k % 30, folder=done, satellites=(1, 1, 2, 4)[k % 4]))
        submit_all(plane, [tmp_path / f"job{k}.yaml" for k in range(100)])
        suffer(slurm, plane)
        end = time.monotonic() + 600.0
        while time.monotonic() < end:
            found = plane.ask("jobs", "--all")
            if all(row["state"] == "done" for row in found):
                break
            time.sleep(1.0)
        print(f"100 jobs took {time.monotonic() - begun:.0f} s; failures {sum(row['failures'] for row in found)}")
        assert [row["state"] for row in found] == ["done"] * 100
        assert sum(row["failures"] for row in found) >= 1
        assert sum(event["what"] == "machine lost" for event in plane.ask("events", "--limit", 100000)) >= 3
        counts = [len((done / f"done.{k}").read_text().split()) for k in range(100)]
        assert min(counts) == 1
        # a machine may be lost after the job's last line and before its end is told: such a job runs once more
        assert [k for k in range(100) if counts[k] > 1 and found[k]["failures"] == 0] == []
        assert sum(counts) <= 103
    finally:
        plane.stop()


def suffer(slurm, plane):
    """Lose three busy nodes, kill both controllers, and let the nodes return."""
    lost = []
    for _ in range(3):
        lost.append(busy_node(plane, lost))
        slurm.lose(lost[-1])
        time.sleep(8.0)
    slurm.kill_controller()
    time.sleep(5.0)
    slurm.start_controller()
    time.sleep(5.0)
    plane.kill()
    plane.start()
    for node in lost:
        slurm.start_node(node)


def busy_node(plane, lost):
    """A machine on which a job runs."""
    for _ in range(60):
        for row in plane.ask("nodes"):
            if row["state"] == "busy" and row["machine"] not in lost:
                return row["machine"]
        time.sleep(0.5)
    raise AssertionError("no machine is busy")


def submit_all(plane, paths):
    """Submit many jobs without a process for each."""
    from skyrack.api.remote import Remote, read_job

    remote = Remote(plane.folder)
    for path in paths:
        remote.ask("POST", "/api/jobs", read_job(path).to_document(), key=path.stem)
