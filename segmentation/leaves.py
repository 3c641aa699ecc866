"""The operator table: every kind of leaf about what this package and those below it know.

One row holds all readings of a leaf, so that they are written side by side and tested against
each other. Packages above declare rows of their own about what they know.
"""

from collections.abc import Sequence
from typing import Any

from segmentation.kinds.fields import FIELD
from segmentation.kinds.standing import BLOCKED, ENTRY, FOLLOWED, FOLLOWING, LANGUAGE, RETURNING, SEEN
from segmentation.kinds.tags import CONSENT, TAG
from segmentation.leaf import LeafKind

LEAVES: Sequence[LeafKind[Any]] = (
    TAG,
    FIELD,
    FOLLOWING,
    BLOCKED,
    RETURNING,
    FOLLOWED,
    SEEN,
    LANGUAGE,
    ENTRY,
    CONSENT,
)
