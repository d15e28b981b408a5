"""The logic of odoo-mta's pipeline: checks, tests, gates and reports for Odoo add-ons.

The package imports no Dagger. Every command also runs on a plain host.
"""

__version__ = "0.1.0"
