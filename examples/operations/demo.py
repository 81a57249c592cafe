"""A day in operations on 16 nodes of Slurm: a training job is moved before its satellites go dark, loses one, and ends well.

python examples/operations/demo.py [FOLDER]

The control plane drives a cluster of Slurm on this machine, thirty times as fast as wall time. A data-parallel PyTorch job
flies on two satellites, among other jobs. It is checkpointed before each eclipse and goes on elsewhere; one of its machines
is lost; then the control plane is killed and started again. At the end its weights are those of an undisturbed run, to the
last bit.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
SPEED = 30
FILLER = """\
name: filler{k}
command: [bash, -c, "trap 'exit 75' USR1; for i in $(seq {n}); do sleep 0.1; done"]
gang: {{satellites: {satellites}}}
time: {{work: {minutes} min}}
checkpoint: {{takes: 2 min, restart: 0 s, saved_status: 75}}
"""


def what_is_missing():
    """What this machine lacks for the demonstration; an empty text if nothing."""
    missing = [name for name in ("slurmctld", "slurmd", "sbatch", "srun") if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not found (Debian: slurmctld slurmd slurm-client)"
    return "" if importlib.util.find_spec("torch") else "PyTorch is not installed (make flight installs it)"


def main():
    missing = what_is_missing()
    if missing:
        print(f"The demonstration on Slurm is left out: {missing}.")
        return 0
    sys.path.insert(0, str(HERE))
    from local_slurm import Cluster

    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "operations/slurm-demo").absolute()
    if folder.exists():
        print(f"{folder} is there already; remove it or name another folder")
        return 2
    folder.mkdir(parents=True)
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="slurm")), 16, timeout_s=10)
    os.environ |= {
        "SLURM_CONF": str(cluster.configuration),
        "SKYRACK_EXAMPLES": str(HERE),
        "SKYRACK_CONTROL": str(folder / "control"),
        "OMP_NUM_THREADS": "1",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    plane = None
    try:
        cluster.start()
        print(f"16 nodes of Slurm are up: {cluster.configuration}", flush=True)
        undisturbed = weights_undisturbed(folder)
        plane = start_plane(folder)
        job = skyrack("submit", str(HERE / "train.yaml"), "--key", "ddp")["job"]
        for k in range(24):
            path = folder / f"filler{k}.yaml"
            path.write_text(FILLER.format(k=k, n=20 + 7 * (k % 9), satellites=1 + k % 3, minutes=2 + k % 5))
            skyrack("submit", str(path), "--key", path.stem)
        watch(
            job,
            until=lambda row: row["moves"] >= 1 and row["state"] == "running" and is_at_work(folder, job),
            most_s=600,
        )
        lost = next(row["machine"] for row in skyrack("nodes") if row["job"] == job)
        print(f"machine {lost} is lost now", flush=True)
        cluster.lose(lost)
        watch(job, until=lambda row: row["failures"] >= 1, most_s=200)
        print("the control plane is killed now, and started again", flush=True)
        plane.kill()
        plane.wait()
        plane = start_plane(folder)
        cluster.start_node(lost)
        row = watch(job, until=lambda row: row["end_s"] is not None, most_s=900)
        keep_page(folder)
        print_events(job)
        found = digest(folder / "control" / "jobs" / str(job) / "weights.pt")
        is_same = found == undisturbed
        counts = f"{row['attempts']} attempts, {row['moves']} planned moves, {row['failures']} lost machines"
        print(f"job {job} is {row['state']} after {counts}")
        print(f"weights of the flown job:     {found}\nweights of an undisturbed run: {undisturbed}")
        print("They are the same." if is_same else "They differ.")
        print(f"The page of the control plane is in {folder / 'report.html'}.")
        return 0 if is_same and row["state"] == "done" else 1
    finally:
        if plane is not None and plane.poll() is None:
            plane.send_signal(signal.SIGINT)
            plane.wait(60)
        cluster.stop()


def weights_undisturbed(folder):
    """Digest of the weights of the same job, without satellites."""
    path = folder / "undisturbed"
    path.mkdir()
    command = [str(BIN / "torchrun"), "--standalone", "--nproc-per-node", "2", str(HERE / "train.py")]
    command += ["--checkpoint", str(path / "state.pt"), "--weights", str(path / "weights.pt")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return digest(path / "weights.pt")


def digest(path):
    """SHA-256 of all the weights of a file, in the order of their names."""
    import torch

    weights = torch.load(path, weights_only=True)
    content = b"".join(weights[name].numpy().tobytes() for name in sorted(weights))
    return hashlib.sha256(content).hexdigest()[:32]


def start_plane(folder):
    """Start the control plane in a process of its own, and wait until it answers."""
    address = folder / "control" / "address.json"
    address.unlink(missing_ok=True)
    log = (folder / "plane.log").open("a")
    command = [str(BIN / "skyrack"), "operate", "starlink-v3-compute", "--engine", "slurm", "--speed", str(SPEED)]
    plane = subprocess.Popen([*command, "--out", str(folder / "control")], stdout=log, stderr=log)
    while not address.exists():
        if plane.poll() is not None:
            raise RuntimeError((folder / "plane.log").read_text())
        time.sleep(0.2)
    return plane


def skyrack(*arguments):
    """The document that a verb prints."""
    done = subprocess.run([str(BIN / "skyrack"), *arguments, "--json"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def watch(job, until, most_s):
    """Wait until a job has come so far, and print each change of its state."""
    end, last = time.monotonic() + most_s, None
    while time.monotonic() < end:
        row = skyrack("job", str(job))
        said = f"job {job} is {row['state']} on {', '.join(row['satellites']) or 'no satellite'}, attempt {row['attempts']}"
        if said != last:
            print(f"{row['held_node_s'] / 3600:6.2f} satellite-hours: {said}", flush=True)
            last = said
        if until(row):
            return row
        time.sleep(1.0)
    raise RuntimeError(f"job {job} did not come so far within {most_s} s")


def is_at_work(folder, job):
    """True if the job's present run has gone on from its checkpoint."""
    logs = sorted((folder / "control" / "jobs" / str(job)).glob("*/output.log"), key=lambda path: int(path.parent.name))
    return len(logs) > 1 and "goes on from step" in logs[-1].read_text()


def keep_page(folder):
    """Keep the page of the control plane as it stands now."""
    url = json.loads((folder / "control" / "address.json").read_text())["url"]
    token = (folder / "control" / "token").read_text().strip()
    with urllib.request.urlopen(f"{url}/?token={token}") as answer:
        text = answer.read().decode()
    (folder / "report.html").write_text(text.replace('<meta http-equiv="refresh" content="3">\n', ""))


def print_events(job):
    """Print what happened to a job."""
    for event in skyrack("events", "--limit", "100000"):
        if event["job"] == job:
            more = event["detail"] or ", ".join(event.get("satellites", ()))
            print(f"{event['time_s'] / 60:7.1f} min  {event['what']:18s} {more}")


if __name__ == "__main__":
    sys.exit(main())
