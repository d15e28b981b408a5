"""How long anything may take, said in one place.

What grows with the data follows from its size and the slowest rate that still is progress
(``slowest_mib_per_second`` of an environment). What a project knows better is a setting of its
environment. The rest, which neither data nor project change, is here; all of it in seconds.
"""

from __future__ import annotations

from pipeline.core.environments import Environment

#: Between the polite signal to a program and SIGKILL; a container has as much for its own end.
GRACE = 10.0
#: How much later than the program in the container its client gives up: its word comes first.
CLIENT = 15.0
#: Until a server takes a connection, logs in, and answers small questions about itself.
CONNECT, ANSWER = 15.0, 60.0
#: Silence after which a TCP connection is dead, and the pause between signs of life.
DEAD, KEEPALIVE = 40, 10
#: How long a lost connection to a VM is tried again.
AGAIN = 300.0
#: Until a process that was started in the background says that it is there.
START = 20.0
#: Questions to programs of a machine, which may all hang when one of its disks does.
LOOK = 20.0
#: Installing packages, cloning: minutes on a good day, and somebody watches.
PREPARE = 3600.0
#: Until nginx has read its configuration again.
RELOAD = 20.0
#: One page of Odoo; one message to the team's channel.
PAGE, ALERT = 30.0, 10.0
#: What an image may have that is not here yet: nobody knows its size before it is.
IMAGE_BYTES = 3 << 30


def for_bytes(environment: Environment, size: int) -> float:
    """How long something may take that reads or writes so many bytes."""
    return environment.command_seconds + size / (environment.slowest_mib_per_second << 20)


def for_image(environment: Environment, size: int = 0) -> float:
    """How long an image may take to be pulled, saved or loaded.

    Args:
        environment: where.
        size: of the image, or of one that is like it; 0: not known.
    """
    return for_bytes(environment, max(size, IMAGE_BYTES))
