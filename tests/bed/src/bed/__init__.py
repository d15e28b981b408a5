"""Stand-ins for VMs, for tests: not part of the pipeline."""

from .main import Bed as Bed
