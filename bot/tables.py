"""Imports every table, so that the metadata is whole wherever it is asked for."""

from bot import schedules
from contacts import media, timeline
from contacts import models as contact_models
from content import models as content_models
from core import leases
from core.db import Base
from line import channels, governor, inbox, outbox, rich_menus
from questionnaires import models as questionnaire_models
from segmentation import models as tag_models

TABLES = Base.metadata.tables

__all__ = [
    "TABLES",
    "channels",
    "contact_models",
    "content_models",
    "governor",
    "inbox",
    "leases",
    "media",
    "outbox",
    "questionnaire_models",
    "rich_menus",
    "schedules",
    "tag_models",
    "timeline",
]
