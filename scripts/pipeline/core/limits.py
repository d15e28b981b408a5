"""Time limits, in one place.

Limits that grow with the data are computed from its size and the slowest rate that still counts as
progress: ``Environment.seconds_for``. Limits that depend on the project are settings of its
environment. The rest is here, in seconds.
"""

from __future__ import annotations

#: Between SIGTERM and SIGKILL; a container gets as long to stop by itself.
GRACE = 10.0
#: How much later than the program in a container its client gives up: the program reports first.
CLIENT = 15.0
#: Until a server accepts a connection, logs in, and answers small queries about itself.
CONNECT, ANSWER = 15.0, 60.0
#: Silence after which a TCP connection counts as dead, and the interval between keepalives.
DEAD, KEEPALIVE = 40, 10
#: How long a lost connection to a VM is retried.
AGAIN = 300.0
#: Until a process that was started in the background reports that it is running.
START = 20.0
#: Queries to programs of a machine, which may all hang when one of its disks hangs.
LOOK = 20.0
#: Installing packages, cloning: minutes on a good day, with somebody watching.
PREPARE = 3600.0
#: Until nginx has reloaded its configuration.
RELOAD = 20.0
#: One page of Odoo; one message to the team's channel.
PAGE, ALERT = 30.0, 10.0
#: Assumed size of an image that is not here yet: its real size is unknown until it is.
IMAGE_BYTES = 3 << 30
