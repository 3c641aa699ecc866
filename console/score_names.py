"""What the scores of an account are called."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.customer import Reader
from segmentation.models import Score


def scores_called(session: Session, channel_id: int, reader: Reader) -> Mapping[str, str]:
    """Return the labels of all scores by id, also of retired ones: rules may name them."""
    rows = session.scalars(sa.select(Score).where(Score.channel_id == channel_id))
    return {one.key: reader.pick(one.labels, one.key) for one in rows}
