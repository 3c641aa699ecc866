"""Files that customers sent, for staff only: never shown as a page, whatever is in them."""

from flask import Blueprint, Response, g, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from console.access import requires
from console.parts import Parts
from contacts.media import UNKNOWN_TYPE, MediaFile, MediaStatus, path_of
from contacts.models import Contact
from core.errors import NotFound
from staff.permissions import Permission
from tickets.reading import may_read

SHOWN = frozenset(
    {
        "image/gif", "image/jpeg", "image/png", "image/webp",
        "video/mp4", "video/quicktime",
        "audio/aac", "audio/m4a", "audio/mp4", "audio/mpeg", "audio/x-m4a",
    }
)  # fmt: skip
"""Types that a browser may show beside our pages; everything else is saved, as bytes."""
ALONE = "default-src 'none'; sandbox"


def pages(parts: Parts) -> Blueprint:
    """Return the one address."""
    blueprint = Blueprint("media", __name__, url_prefix="/console/media")

    @blueprint.get("/<contact_id>/<message_id>")
    @requires(Permission.SEE_CONTACTS)
    def file(contact_id: str, message_id: str) -> ResponseReturnValue:
        found = g.session.scalars(
            select(MediaFile)
            .join(Contact, Contact.id == MediaFile.contact_id)
            .where(
                MediaFile.channel_id == g.channel_id,
                MediaFile.message_id == message_id,
                Contact.public_id == contact_id,
            )
        ).one_or_none()
        if found is None or not may_read(g.session, g.user, found.contact_id):
            raise NotFound("this file is not here, or no longer")
        if found.status is not MediaStatus.STORED or found.stored_as is None:
            raise NotFound("this file is not here, or no longer")
        place = path_of(parts.media_dir, found.stored_as)
        if not place.is_file():
            raise NotFound("this file is not here, or no longer")
        is_shown = found.content_type in SHOWN
        response: Response = send_file(
            place.resolve(),
            mimetype=found.content_type if is_shown else UNKNOWN_TYPE,
            as_attachment=not is_shown,
            download_name=(found.file_name or place.name)[:200].replace("/", "_"),
            conditional=True,
            etag=False,
        )
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Content-Security-Policy"] = ALONE
        return response

    return blueprint
