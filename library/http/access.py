"""Who may use which address: one table, and nothing that is not in it.

Every endpoint has to be named here. One that is not is refused to everybody, and a test fails, so that a
new address cannot be open by oversight.
"""

from __future__ import annotations

from enum import StrEnum

from flask import Flask, request

from library.errors import Forbidden
from library.http import forms, person


class Permission(StrEnum):
    """What an address asks of whoever comes."""

    READ_PUBLIC = "library:public:read"
    # Any signed-in person who is not shut out; what they may do there is asked by the service functions.
    DESK = "library:desk:use"
    # Everybody, to come in or go out: pages with forms that are no readers' pages.
    SIGN_IN = "library:desk:sign-in"


# Endpoints that everybody may read, without an account. Keep the list alphabetical.
EVERYBODY: frozenset[str] = frozenset(
    {
        "api.healthz",
        "api.openapi",
        "api.readyz",
        "api.search",
        "api.suggest",
        "api.work",
        "api.works",
        "interop.everything",
        "interop.lasting",
        "interop.of_kind",
        "interop.robots",
        "interop.sitemap_file",
        "interop.sitemap_xml",
        "static",
        "web.about",
        "web.accessibility",
        "web.front_door",
        "web.home",
        "web.institution",
        "web.institutions",
        "web.kind",
        "web.languages",
        "web.media",
        "web.partners",
        "web.partnership",
        "web.partnerships",
        "web.search",
        "web.section",
        "web.term",
        "web.terms",
        "web.work",
        "web.works",
    }
)

# The editors' desk. Keep both lists alphabetical.
AT_THE_DOOR: frozenset[str] = frozenset(
    {
        "desk.accepting",
        "desk.asking_for_link",
        "desk.choosing_password",
        "desk.code",
        "desk.forgotten",
        "desk.giving_code",
        "desk.invitation",
        "desk.password",
        "desk.provider",
        "desk.provider_back",
        "desk.sign_in",
        "desk.sign_out",
        "desk.signing_in",
    }
)

AT_THE_DESK: frozenset[str] = frozenset(
    {
        "desk.account",
        "desk.account_codes",
        "desk.account_name",
        "desk.account_password",
        "desk.account_sessions",
        "desk.changing_access",
        "desk.changing_codes",
        "desk.comment",
        "desk.comment_settle",
        "desk.comment_take_back",
        "desk.comments",
        "desk.content_export",
        "desk.content_export_file",
        "desk.content_import",
        "desk.content_import_agree",
        "desk.content_import_one",
        "desk.content_import_send",
        "desk.file",
        "desk.file_again",
        "desk.file_bytes",
        "desk.file_delete",
        "desk.file_made",
        "desk.file_save",
        "desk.files",
        "desk.files_send",
        "desk.giving_role",
        "desk.home",
        "desk.invitations",
        "desk.invite",
        "desk.inviting",
        "desk.job_again",
        "desk.jobs",
        "desk.link_again",
        "desk.links",
        "desk.log",
        "desk.log_file",
        "desk.manuscript",
        "desk.manuscript_facts",
        "desk.manuscript_facts_save",
        "desk.manuscript_files",
        "desk.manuscript_files_save",
        "desk.manuscript_language",
        "desk.manuscript_media",
        "desk.manuscript_picture",
        "desk.one_person",
        "desk.paragraph_comments",
        "desk.people",
        "desk.preview",
        "desk.review",
        "desk.review_step",
        "desk.revision",
        "desk.revision_restore",
        "desk.revisions",
        "desk.revisions_compare",
        "desk.section_add",
        "desk.section_change",
        "desk.section_change_settings",
        "desk.section_changes",
        "desk.section_next",
        "desk.section_preview",
        "desk.section_settings",
        "desk.section_state",
        "desk.section_terms",
        "desk.section_write",
        "desk.table",
        "desk.table_apply",
        "desk.table_change",
        "desk.table_change_undo",
        "desk.table_changes",
        "desk.tables",
        "desk.tables_file",
        "desk.tables_send",
        "desk.use",
        "desk.use_file",
        "desk.work_begin",
        "desk.work_copy",
        "desk.work_copying",
        "desk.work_document",
        "desk.work_from_document",
        "desk.work_new",
        "desk.work_open",
        "desk.works",
        "desk.works_library",
        "uploads.begin_parts",
        "uploads.complete",
        "uploads.create",
        "uploads.forget",
        "uploads.known",
        "uploads.options",
        "uploads.overridden",
        "uploads.parts",
        "uploads.piece",
        "uploads.state",
        "uploads.told",
    }
)

PERMISSIONS: dict[str, Permission] = {
    **dict.fromkeys(EVERYBODY, Permission.READ_PUBLIC),
    **dict.fromkeys(AT_THE_DOOR, Permission.SIGN_IN),
    **dict.fromkeys(AT_THE_DESK, Permission.DESK),
}


def init_app(app: Flask) -> None:
    """Refuse what the table does not name, and changes that no page of ours has asked for.

    Registered after the language of the request is known, so that it is refused in that language, and
    before anything else.
    """

    @app.before_request
    def _deny_by_default() -> None:
        # Without an endpoint there is no such address, which its own error says.
        if request.endpoint is None:
            return
        permission = PERMISSIONS.get(request.endpoint)
        if permission is None:
            raise Forbidden("Nobody has been allowed to use this address.")
        if permission is Permission.DESK:
            person.actor()
        if permission is not Permission.READ_PUBLIC:
            forms.check()
