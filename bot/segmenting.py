"""What rules about people may ask: the leaf tables of all packages, joined once and handed down."""

from campaigns import leaves as about_campaigns
from segmentation.leaves import LEAVES
from segmentation.segments import Segments
from tickets import leaves as about_tickets

SEGMENTS = Segments((*LEAVES, *about_tickets.LEAVES, *about_campaigns.LEAVES))
