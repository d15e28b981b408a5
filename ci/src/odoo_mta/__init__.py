"""The pipeline of an Odoo add-ons repository: lint, tests, secret scan, image, report.

Each function runs in containers, the same on a laptop and in GitHub Actions. Without --source it
works on the repository of this module; use `--source .` for another one.
"""

from .main import OdooMta as OdooMta
