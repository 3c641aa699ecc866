"""The operator table: every kind of leaf about what this package and those below it know.

One row holds all readings of a leaf, so that they are written side by side and tested against
each other. Packages above declare rows of their own about what they know.
"""

from collections.abc import Sequence
from typing import Any

from segmentation.kinds.activity import ACTIVE
from segmentation.kinds.answers import ANSWER
from segmentation.kinds.birthdays import ANNIVERSARY, BIRTHDAY
from segmentation.kinds.chance import RANDOM
from segmentation.kinds.events import EVENT
from segmentation.kinds.fields import DEVICE, FIELD
from segmentation.kinds.lists import ON_A_LIST
from segmentation.kinds.messages import MESSAGE
from segmentation.kinds.orders import ORDERS
from segmentation.kinds.regions import REGION
from segmentation.kinds.rfm import RFM
from segmentation.kinds.standing import BLOCKED, ENTRY, FOLLOWED, FOLLOWING, LANGUAGE, RETURNING, SEEN
from segmentation.kinds.tags import CONSENT, TAG
from segmentation.leaf import LeafKind

LEAVES: Sequence[LeafKind[Any]] = (
    TAG,
    FIELD,
    EVENT,
    ORDERS,
    ANSWER,
    FOLLOWING,
    BLOCKED,
    RETURNING,
    FOLLOWED,
    SEEN,
    MESSAGE,
    ACTIVE,
    LANGUAGE,
    DEVICE,
    ENTRY,
    REGION,
    BIRTHDAY,
    ANNIVERSARY,
    CONSENT,
    ON_A_LIST,
    RFM,
    RANDOM,
)
