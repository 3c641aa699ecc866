"""One token bucket per LINE endpoint and channel, shared by every process, below LINE's published limits."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Bucket(Base):
    """How many calls to one endpoint may still be made."""

    __tablename__ = "buckets"

    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"), primary_key=True)
    endpoint: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    tokens: Mapped[float]
    filled_at: Mapped[datetime]
