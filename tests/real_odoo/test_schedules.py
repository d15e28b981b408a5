"""Each scheduled action of this Odoo: held after a rollback, or known to send nothing by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from pipeline.environment.outbox.row_kinds import kinds

#: What they would send is held row by row.
HELD_BY_ROW = """
account.ir_cron_account_move_send account_edi.ir_cron_edi_network
base_automation.ir_cron_data_base_automation_check digest.ir_cron_digest_scheduler_action
event.event_mail_scheduler mail.ir_cron_mail_scheduler_action mail.ir_cron_post_scheduled_message
mail.ir_cron_send_scheduled_message mail.ir_cron_web_push_notification
mass_mailing.ir_cron_mass_mailing_ab_testing mass_mailing.ir_cron_mass_mailing_queue
sale.send_pending_emails_cron sms.ir_cron_sms_scheduler_action snailmail.snailmail_print
"""
#: They fetch: documents, their state, mails. Whatever was fetched before is not given out again.
FETCH = """
account_peppol.ir_cron_peppol_get_message_status account_peppol.ir_cron_peppol_get_new_documents
account_peppol.ir_cron_peppol_get_participant_status
account_peppol.ir_cron_peppol_webhook_keepalive
l10n_dk_nemhandel.ir_cron_nemhandel_get_message_status
l10n_dk_nemhandel.ir_cron_nemhandel_get_new_documents
l10n_dk_nemhandel.ir_cron_nemhandel_get_participant_status
l10n_dk_nemhandel.ir_cron_nemhandel_webhook_keepalive
l10n_gr_edi.ir_cron_mydata_fetch_third_party_invoices l10n_hr_edi.ir_cron_mer_archive_signed_xmls
l10n_hr_edi.ir_cron_mer_get_new_documents l10n_hr_edi.ir_cron_mer_update_document_status
l10n_hu_edi.ir_cron_update_status l10n_id.qris_fetch_cron
l10n_it_edi.ir_cron_l10n_it_edi_download_and_update l10n_my_edi.ir_cron_myinvois_document_sync
l10n_pl_edi.cron_auto_checks_the_polish_invoice_status
l10n_ro_edi.ir_cron_l10n_ro_edi_refresh_access_token
l10n_ro_edi.ir_cron_l10n_ro_edi_synchronize_invoices
l10n_tr_nilvera_einvoice.ir_cron_nilvera_get_invoice_status
l10n_tr_nilvera_einvoice.ir_cron_nilvera_get_new_earchive_sale_documents
l10n_tr_nilvera_einvoice.ir_cron_nilvera_get_new_einvoice_sale_documents
l10n_tr_nilvera_einvoice.ir_cron_nilvera_get_new_purchase_documents
l10n_tr_nilvera_einvoice.ir_cron_nilvera_get_sale_pdf mail.ir_cron_mail_gateway_action
mail.ir_cron_module_update_notification transifex.transifex_code_translation_reload
"""
#: They change this database alone.
INSIDE = """
account.ir_cron_auto_post_draft_entry base.autovacuum_job base.ir_cron_res_users_deletion
base.test_install_auto_cron cloud_storage_migration.ir_cron_manual_migrate_local_to_cloud_storage
crm.website_crm_score_cron event_crm.ir_cron_generate_leads gamification.ir_cron_consolidate
hr.ir_cron_data_employee_update_current_version hr_attendance.hr_attendance_absence_cron
hr_attendance.hr_attendance_check_out_cron hr_holidays.hr_leave_allocation_cron_accrual
hr_holidays.hr_leave_cron_cancel_invalid hr_presence.ir_cron_presence_control
hr_work_entry.ir_cron_generate_missing_work_entries
l10n_fr_pos_cert.account_sale_closing_annually l10n_fr_pos_cert.account_sale_closing_daily
l10n_fr_pos_cert.account_sale_closing_monthly mail.ir_cron_delete_notification
mail.ir_cron_discuss_channel_member_unmute
sale_pdf_quote_builder.cron_post_upgrade_assign_missing_form_fields
stock.ir_cron_scheduler_action stock_account.ir_cron_post_stock_valuation
website.website_disable_unused_snippets_assets website.website_visitor_cron
"""
#: Modules that create schedules in code: what those call is held.
IN_CODE = {"lunch"}


def addons() -> Iterator[Path]:
    """The folders of this Odoo's add-ons."""
    import odoo.addons

    for folder in odoo.addons.__path__:
        yield from (path.parent for path in Path(folder).glob("*/__manifest__.py"))


def scheduled(addon: Path) -> Iterator[str]:
    """The scheduled actions that an add-on ships, by external id."""
    for path in addon.rglob("*.xml"):
        if "ir.cron" not in path.read_text(encoding="utf-8", errors="replace"):
            continue
        for record in ElementTree.parse(path).iter("record"):
            created = record.find("field[@name='interval_type']") is not None
            if record.get("model") == "ir.cron" and created:
                yield f"{addon.name}.{record.get('id')}"


def test_every_schedule_of_this_odoo_is_decided() -> None:
    conditions = " ".join(kind.where for kind in kinds())
    found = {name for addon in addons() for name in scheduled(addon)}
    assert len(found) > 50
    known = {*HELD_BY_ROW.split(), *FETCH.split(), *INSIDE.split()}
    assert not {name for name in found - known if f"'{name}'" not in conditions}
    assert not {name for name in known if f"'{name}'" in conditions}


def test_every_module_that_creates_schedules_in_code_is_decided() -> None:
    creating = {
        addon.name
        for addon in addons()
        for path in addon.rglob("models/*.py")
        if re.search(r"\['ir\.cron'\][^\n]*\.create\(", path.read_text(encoding="utf-8"))
    }
    assert creating == IN_CODE
