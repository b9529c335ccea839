"""The system calls of an undisturbed run, from strace."""

import re

# Calls that change files, folders or descriptors of files; and calls that only read.
CHANGING = {
    "openat", "creat", "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "truncate", "fallocate", "fsync",
    "fdatasync", "sync_file_range", "msync", "close", "rename", "renameat", "renameat2", "link", "linkat", "unlink",
    "unlinkat", "chmod", "fchmod", "fchmodat", "fchown", "mkdir", "mkdirat", "rmdir", "copy_file_range", "sendfile", "dup2",
    "dup3",
}
WRITING = {"write", "pwrite64", "writev", "pwritev", "pwritev2", "copy_file_range", "sendfile"}
READING = {"read", "pread64", "readv", "preadv", "newfstatat", "fstat", "lseek", "getdents64", "fcntl", "flock", "access"}
CALL = re.compile(r"^(\d+) +(\w+)\((.*)$")
COUNT = re.compile(r", (\d+)(?:, \d+)?\) += (\d+)")


class Call:
    """A system call: the name, how many calls of this name its thread made until then, and its text."""

    def __init__(self, thread, name, number, text):
        self.thread, self.name, self.number, self.text = thread, name, number, text

    @property
    def is_changing(self):
        if self.name == "openat":
            return any(flag in self.text for flag in ("O_WRONLY", "O_RDWR", "O_CREAT"))
        return self.name in CHANGING

    @property
    def written_count(self):
        match = COUNT.search(self.text) if self.name in WRITING else None
        return int(match[1]) if match else 0

    def __str__(self):
        return f"{self.name} {self.number}: {self.text[:110]}"


def calls(text):
    """The calls in the output of strace -f -y."""
    numbers, result = {}, []
    for line in text.splitlines():
        match = CALL.match(line)
        if match:
            thread, name, rest = match.groups()
            number = numbers[thread, name] = numbers.get((thread, name), 0) + 1
            result.append(Call(thread, name, number, rest))
    return result


def is_message(call):
    """Whether a call writes to standard output or standard error."""
    return call.name in WRITING and re.match(r"[12](<|,)", call.text) is not None


def touches(call, folder):
    """Whether a call concerns files in a folder, standard output, or standard error."""
    return str(folder) in call.text.replace(f"AT_FDCWD<{folder}>", "") or is_message(call)


def closes_of_writers(trace, output):
    """The calls that close descriptors by which the new file was opened for writing. Some file systems report only then that a write failed."""
    temporaries = [re.search(r'"([^"]*)"', call.text)[1] for call in trace
                   if call.name.startswith("rename") and f'"{output}"' in call.text]
    opened, closes = set(), []
    for call in trace:
        if call.name == "openat" and call.is_changing and any(f'"{path}"' in call.text for path in temporaries):
            opened.add(re.search(r"= (\d+)", call.text)[1])
        elif call.name == "close":
            number = re.match(r"\d+", call.text)[0]
            if number in opened and any(f"<{path}>" in call.text for path in [*temporaries, output]):
                opened.discard(number)
                closes.append(call)
    return closes


def order_problem(trace, output):
    """Says how a power failure could damage the new file; None if it is synchronized before it gets its name, and the folder after."""
    renamings = [
        place for place, call in enumerate(trace)
        if call.name.startswith("rename") and call.text.rstrip().endswith("= 0") and f'"{output}"' in call.text]
    if len(renamings) != 1:
        return f"{len(renamings)} calls give the file its name"
    place = renamings[0]
    temporary = re.search(r'"([^"]*)"', trace[place].text)[1]
    changes = [number for number, call in enumerate(trace)
               if call.name in WRITING | {"ftruncate", "fallocate"} and f"<{temporary}>" in call.text]
    synchronized = [number for number, call in enumerate(trace[:place])
                    if call.name in ("fsync", "fdatasync") and f"<{temporary}>" in call.text
                    and call.text.rstrip().endswith("= 0")]
    if not changes:
        return "nothing was written to the temporary file"
    if not synchronized or synchronized[-1] < changes[-1]:
        return "the file gets its name before its content is synchronized"
    folder = str(output.parent)
    if not any(call.name in ("fsync", "fdatasync") and f"<{folder}>" in call.text and call.text.rstrip().endswith("= 0")
               for call in trace[place:]):
        return "the folder is not synchronized after the file got its name"
    return None
