"""The checks of pylint-odoo and OCA's hooks that apply where a source chooses none itself.

They report what breaks, corrupts or opens something; not the style of a community. The manifests
have a step of their own.
"""

from __future__ import annotations

#: Of pylint and pylint-odoo, on code.
CODE = (
    # Security and data.
    *("sql-injection", "eval-used", "invalid-commit", "external-request-timeout"),
    # What Odoo calls, or refuses to.
    *("method-required-super", "missing-return", "super-method-mismatch"),
    *("renamed-field-parameter", "attribute-deprecated", "deprecated-odoo-model-method"),
    *("deprecated-name-get", "odoo-exception-warning", "odoo-addons-relative-import"),
    *("no-raise-unlink", "no-write-in-compute", "test-folder-imported", "context-overridden"),
    # Texts that cannot be translated, or fail once they are.
    *("translation-required", "translation-field", "translation-contains-variable"),
    *("translation-positional-used", "translation-injection", "translation-unsupported-format"),
    *("translation-format-truncated", "translation-too-many-args", "translation-too-few-args"),
    # Mistakes in any Python.
    *("anomalous-backslash-in-string", "assignment-from-none", "dangerous-default-value"),
    *("duplicate-key", "pointless-statement", "redundant-keyword-arg", "reimported"),
    *("return-in-init", "too-few-format-args", "unreachable", "print-used"),
)
#: Of OCA's hook on add-ons.
DATA = (
    *("csv-duplicate-record-id", "csv-syntax-error", "xml-syntax-error"),
    *("xml-duplicate-record-id", "xml-duplicate-fields", "xml-duplicate-template-id"),
    *("xml-create-user-wo-reset-password", "xml-not-valid-char-link", "xml-record-missing-id"),
    *("xml-view-dangerous-replace-low-priority", "xml-dangerous-qweb-replace-low-priority"),
    *("xml-deprecated-data-node", "xml-deprecated-openerp-node", "xml-deprecated-tree-attribute"),
    *("xml-deprecated-qweb-directive", "xml-deprecated-res-groups-category-id"),
)
#: Of OCA's hook on translations, those that are switched off: Odoo's own export differs from them.
PO_STYLE = ("po-pretty-format", "po-requires-module")
