"""The playbook's pictures, served under the hash of their bytes: they never change, so LINE may keep them."""

import sqlalchemy as sa
from flask import Blueprint, Response, abort

from content.models import Asset
from core.db import Database


def assets(database: Database) -> Blueprint:
    """Return `/assets/<sha256>`."""
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/assets/<sha256>")
    def picture(sha256: str) -> Response:
        with database.read() as session:
            asset = session.execute(
                sa.select(Asset.data, Asset.content_type).where(Asset.sha256 == sha256).limit(1)
            ).first()
        if asset is None:
            abort(404)
        response = Response(asset.data, content_type=asset.content_type)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    return blueprint
