"""What campaigns know of tickets, joined here because neither package knows the other."""

import sqlalchemy as sa

from campaigns.exclusions import Exclusions
from contacts.models import Contact
from tickets.models import Ticket
from tickets.serving import UNSOLVED

EXCLUSIONS = Exclusions(in_ticket=sa.exists().where(Ticket.contact_id == Contact.id, UNSOLVED))
"""Whoever talks with a person of ours is not disturbed by a campaign."""
