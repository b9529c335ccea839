"""A Slurm cluster on this machine, for tests: munged, slurmctld and several slurmd on loopback, with all of their files in one folder."""

import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import time

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue")
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


def missing_programs() -> list[str]:
    """The programs of Slurm that are not installed (Debian: slurm-wlm, munge)."""
    return [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]


def free_ports(count: int) -> list[int]:
    """Free ports on loopback."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Cluster:
    """A running cluster. Commands of Slurm reach it with `environment`."""

    def __init__(self, folder: pathlib.Path, nodes: int, processors: int) -> None:
        self.folder, self.processes = folder, []
        for name in ("state", "munge"):
            (folder / name).mkdir(parents=True)
        (folder / "munge").chmod(0o711)
        key = folder / "munge/key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        self._write_configuration(nodes, processors)
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf")}
        for name in [name for name in self.environment if name.startswith("SLURM_") and name != "SLURM_CONF"]:
            del self.environment[name]
        places = {"socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed", "key-file": "key"}
        self._start("munged", "--foreground", "--force", *(f"--{o}={folder}/munge/{n}" for o, n in places.items()))
        self._wait(lambda: (folder / "munge/socket").exists(), "munged")
        self._start("slurmctld", "-D", "-c")
        self._wait(lambda: self.run("scontrol", "ping", check=False).returncode == 0, "slurmctld")
        for number in range(1, nodes + 1):
            self._start("slurmd", "-D", "-N", f"node{number}")
        self._wait(lambda: self.run("sinfo", "-h", "-o", "%D %t").stdout.split() == [str(nodes), "idle"], "slurmd")

    def _write_configuration(self, nodes: int, processors: int) -> None:
        ports = free_ports(nodes + 1)
        lines = [
            "ClusterName=test",
            f"SlurmctldHost={socket.gethostname()}(127.0.0.1)",
            f"SlurmctldPort={ports[0]}",
            # A requeued job starts when its old credential has expired.
            f"AuthInfo=socket={self.folder}/munge/socket,cred_expire=5",
            "SlurmUser=root",
            f"StateSaveLocation={self.folder}/state",
            f"SlurmdSpoolDir={self.folder}/spool.%n",
            f"SlurmctldPidFile={self.folder}/slurmctld.pid",
            f"SlurmdPidFile={self.folder}/slurmd.%n.pid",
            f"SlurmctldLogFile={self.folder}/slurmctld.log",
            f"SlurmdLogFile={self.folder}/slurmd.%n.log",
            "ProctrackType=proctrack/linuxproc",
            "TaskPlugin=task/none",
            "MpiDefault=none",
            "MailProg=/bin/true",
            "ReturnToService=2",
            "KillWait=10",
            "SelectType=select/cons_tres",
            "SelectTypeParameters=CR_CPU",
            "SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0",
            "SlurmdParameters=config_overrides",
        ]
        for number, port in enumerate(ports[1:], 1):
            lines.append(f"NodeName=node{number} NodeHostname={socket.gethostname()} NodeAddr=127.0.0.1 Port={port} CPUs={processors}")
        lines.append(f"PartitionName=all Nodes=node[1-{nodes}] Default=YES MaxTime=INFINITE State=UP")
        (self.folder / "slurm.conf").write_text("\n".join(lines) + "\n")

    def _start(self, *command: str) -> None:
        output = open(self.folder / f"{command[0]}.out", "ab")
        self.processes.append(subprocess.Popen(command, env=self.environment, stdout=output, stderr=subprocess.STDOUT))
        output.close()

    def _wait(self, is_ready: object, name: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not is_ready():
            if time.monotonic() > end:
                raise RuntimeError(f"{name} does not answer after {seconds} s; see {self.folder}")
            time.sleep(0.1)

    def run(self, *command: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a command that reaches the cluster."""
        return subprocess.run(
            command, env={**self.environment, **variables}, capture_output=True, text=True, check=check, cwd=self.folder
        )

    def states(self, job: str) -> dict[str, str]:
        """The states of a job's tasks that are not done, by their numbers. Tasks that wait are one entry."""
        lines = self.run("squeue", "-h", "-j", job, "-o", "%K %T", check=False).stdout.splitlines()
        return dict(line.split(None, 1) for line in lines)

    def stop(self) -> None:
        """Ends all programs of the cluster."""
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
