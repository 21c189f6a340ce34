# SPDX-License-Identifier: Apache-2.0
"""A client of QEMU's machine protocol, for tests that look at a machine from outside."""
import json
import os
import re
import socket
import subprocess
import tempfile


class QmpError(Exception):
    """QEMU says no, or nothing any more."""


class Qmp:
    """A connection to the socket at path. Answers may take limit seconds."""

    def __init__(self, path, limit=60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(limit)
        self.socket.connect(path)
        self.file = self.socket.makefile("rw")
        self.events = []  # names, as they came
        self.receive("greeting")
        self.call("qmp_capabilities")

    def receive(self, command):
        """The next message that is no event."""
        while True:
            line = self.file.readline()
            if not line:
                raise QmpError(f"{command}: QEMU has ended")
            answer = json.loads(line)
            if "event" not in answer:
                return answer
            self.events.append(answer["event"])

    def call(self, command, **arguments):
        """What QEMU answers to a command."""
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        answer = self.receive(command)
        if "error" in answer:
            raise QmpError(f"{command}: {answer['error']['desc']}")
        return answer["return"]

    def monitor(self, line):
        """What the monitor for people says."""
        return self.call("human-monitor-command", **{"command-line": line})

    def memory(self, address, size):
        """Physical memory."""
        with tempfile.NamedTemporaryFile() as f:
            self.call("pmemsave", val=address, size=size, filename=os.path.abspath(f.name))
            return f.read()

    def words(self, address, n):
        """64-bit words of physical memory."""
        text = self.monitor(f"xp /{n}gx 0x{address:x}")
        return [int(w, 16) for w in re.findall(r"0x([0-9a-f]{16})", text)]


def end_machine(qmp, process):
    """However it stands: by QMP, if there is a connection, or by a signal."""
    try:
        if qmp:
            qmp.call("quit")
    except (QmpError, OSError):
        pass
    try:
        process.wait(10 if qmp else 0.1)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(20)
