"""Render one report as PDF, and print how that went: ``DRILL made BYTES``, or why not.

Typed into ``odoo shell``, which gives it ``env``.
"""

from __future__ import annotations

import re
from typing import Any

env: Any = globals()["env"]
state = env["ir.actions.report"].get_wkhtmltopdf_state()
report = env.ref("base.report_ir_model_overview", raise_if_not_found=False)
record = env["ir.model"].search([], limit=1)
if state in ("install", "broken"):
    print(f"DRILL none the image has no wkhtmltopdf that works ({state})")
elif not report:
    print("DRILL none Odoo has no report of its models")
else:
    try:
        content, kind = env["ir.actions.report"]._render_qweb_pdf(report.report_name, record.ids)
    except Exception as error:  # its text may quote a row; wkhtmltopdf's exit code does not
        code = re.search(r"-?\d+", str(error).partition("\n")[0])
        print(f"DRILL bad {type(error).__name__}{f', code {code[0]}' if code else ''}")
    else:
        good = kind == "pdf" and content.startswith(b"%PDF-")
        print(f"DRILL made {len(content)}" if good else f"DRILL bad it is {kind}, not a PDF")
