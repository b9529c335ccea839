"""Processes of bntool and of the driver, with their times and their peak memory."""

import os
import subprocess
import sys
import time


def run(command, statuses=(0,)):
    """The wall time of one process."""
    null = os.open(os.devnull, os.O_WRONLY)
    silence = [(os.POSIX_SPAWN_DUP2, null, stream) for stream in (1, 2)]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=silence)
    _, status = os.waitpid(process, 0)
    wall = time.perf_counter() - start
    os.close(null)
    if os.waitstatus_to_exitcode(status) not in statuses:
        sys.exit(f"{' '.join(command)} failed")
    return wall


# Linux counts the memory of a process that starts another one as the other's, so a small process starts the measured one.
MEASURE_MEMORY = """
import os, resource, sys
if os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:]) != 0:
    sys.exit(1)
sys.stderr.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
"""


def peak_memory(command):
    """The peak memory in bytes of one process."""
    starter = [sys.executable, "-I", "-S", "-c", MEASURE_MEMORY, *command]
    done = subprocess.run(starter, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    return int(done.stderr.splitlines()[-1]) * 1024


class Programs:
    """The measured programs."""

    def __init__(self, bntool, driver):
        self.bntool = str(bntool)
        self.driver = subprocess.Popen([driver, "files"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def command(self, *arguments, statuses=(0,)):
        """Returns a function that runs bntool and returns the seconds that it took."""
        return lambda: run([self.bntool, *arguments], statuses)

    def memory(self, *arguments):
        """The peak memory of a command in bytes."""
        return peak_memory([self.bntool, *arguments])

    def inside(self, work, path):
        """Returns a function that lets the driver do some work and returns the seconds that it took."""

        def seconds():
            self.driver.stdin.write(f"{work} {path}\n")
            self.driver.stdin.flush()
            return float(self.driver.stdout.readline())

        return seconds


def timed(function):
    """Returns a function that calls the given function and returns the seconds that it took."""

    def seconds():
        start = time.perf_counter()
        result = function()
        wall = time.perf_counter() - start
        del result
        return wall

    return seconds
