"""Writing beside a playbook: what staff say otherwise, and the playbook that says it."""

from flask import g

from console.parts import Parts
from line.channels import take_turns


def hold_still(parts: Parts) -> None:
    """Let nothing be published until this request has ended, and know what is published now."""
    take_turns(g.session, g.channel_id)
    g.published = parts.revisions.live(g.session, g.channel_id)
