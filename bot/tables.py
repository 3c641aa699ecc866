"""Imports every table, so that the metadata is whole wherever it is asked for."""

from bot import schedules
from campaigns import models as campaign_models
from contacts import media, search_index, timeline
from contacts import models as contact_models
from content import models as content_models
from core import leases
from core.db import Base
from facts import models as fact_models
from line import channels, governor, inbox, outbox, reply_tokens, rich_menus
from questionnaires import models as questionnaire_models
from segmentation import models as segment_models
from staff import models as staff_models
from tickets import models as ticket_models

TABLES = Base.metadata.tables

__all__ = [
    "TABLES",
    "campaign_models",
    "channels",
    "contact_models",
    "content_models",
    "fact_models",
    "governor",
    "inbox",
    "leases",
    "media",
    "outbox",
    "questionnaire_models",
    "reply_tokens",
    "rich_menus",
    "schedules",
    "search_index",
    "segment_models",
    "staff_models",
    "ticket_models",
    "timeline",
]
