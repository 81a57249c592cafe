"""A cluster of Slurm on this machine, whose nodes can be lost and whose controller can be killed.

Its servers are those of Debian (slurmctld, slurmd, slurm-client), started by the user who runs this, without authentication
and on the loopback interface: for tests and demonstrations only.
"""

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import time

import psutil

CONFIGURATION = """
ClusterName=skyrack
SlurmctldHost=localhost
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
SlurmctldPort={port}
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.%n.pid
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool.%n
SlurmctldLogFile={home}/slurmctld.log
SlurmdLogFile={home}/slurmd.%n.log
SlurmdTimeout={timeout_s}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SchedulerParameters=bf_interval=2,sched_interval=2,defer,max_rpc_cnt=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MailProg=/bin/true
MinJobAge=10
KillWait=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=sat[{nodes}] NodeHostname=localhost Port=[{first}-{last}] CPUs=2 RealMemory=500 State=UNKNOWN
PartitionName=orbit Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:8
"""


def free_ports(n):
    """Consecutive ports that nobody uses."""
    for first in range(24_000 + os.getpid() % 1000 * 20, 60_000, n):
        try:
            for port in range(first, first + n):
                with socket.socket() as taken:
                    taken.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise RuntimeError("no free ports")


class Cluster:
    """A cluster whose nodes are called sat0 and so on (sat00 for ten and more).

    `home` is a folder whose path is short: sockets are made in it, whose paths may have 108 characters.
    """

    def __init__(self, home, n, timeout_s=300):
        self.home = home
        (home / "state").mkdir(parents=True)
        self.port = free_ports(n + 1)
        digits = len(str(n - 1))
        self.nodes = [f"sat{k:0{digits}d}" for k in range(n)]
        self.configuration = home / "slurm.conf"
        text = CONFIGURATION.format(
            user=getpass.getuser(),
            home=home,
            port=self.port,
            nodes=f"{0:0{digits}d}-{n - 1}",
            first=self.port + 1,
            last=self.port + n,
            timeout_s=timeout_s,
        )
        self.configuration.write_text(text)
        self._servers = {}

    def start(self):
        self.start_controller()
        for node in self.nodes:
            self.start_node(node)
        self.wait_idle()

    def start_controller(self):
        self._start("slurmctld", ["slurmctld", "-D", "-f", self.configuration])

    def start_node(self, node):
        (self.home / f"spool.{node}").mkdir(exist_ok=True)
        self._start(node, ["slurmd", "-D", "-f", self.configuration, "-N", node])

    def _start(self, name, command):
        environment = os.environ | {"SLURM_CONF": str(self.configuration)}
        self._servers[name] = subprocess.Popen(
            command, stderr=subprocess.DEVNULL, env=environment, start_new_session=True
        )

    def wait_idle(self, n=None, timeout_s=60.0):
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            asked = ["sinfo", "-h", "-N", "-o", "%N %T"]
            found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split("\n")
            if sum(line.endswith((" idle", " mixed", " allocated")) for line in found) >= (n or len(self.nodes)):
                return
            time.sleep(0.3)
        raise RuntimeError(f"Slurm did not start: {found}")

    def kill_controller(self):
        self._servers["slurmctld"].kill()
        self._servers["slurmctld"].wait(30)

    def lose(self, node):
        """Kill a node's server and all that it has started, as when a machine loses its power."""
        server = self._servers[node]
        spool = str(self.home / f"spool.{node}")
        doomed = [psutil.Process(server.pid)]
        for process in psutil.process_iter(["cmdline", "environ"]):
            with contextlib.suppress(psutil.Error):
                environment = process.info["environ"] or {}
                ours = environment.get("SLURM_CONF") == str(self.configuration)
                if (ours and environment.get("SLURMD_NODENAME") == node) or spool in " ".join(
                    process.info["cmdline"] or []
                ):
                    doomed.append(process)
        for process in doomed:
            for one in [*self._below(process), process]:
                with contextlib.suppress(psutil.Error):
                    one.send_signal(signal.SIGKILL)
        server.wait(30)

    @staticmethod
    def _below(process):
        try:
            return process.children(recursive=True)
        except psutil.Error:
            return []

    def stop(self):
        subprocess.run(["scancel", "--me"], capture_output=True, check=False)
        for server in self._servers.values():
            server.terminate()
        for server in self._servers.values():
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
        for process in psutil.process_iter(["environ"]):
            with contextlib.suppress(psutil.Error):
                if (process.info["environ"] or {}).get("SLURM_CONF") == str(self.configuration):
                    process.kill()
