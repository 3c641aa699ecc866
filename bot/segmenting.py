"""What rules about people may ask: the leaf tables of all packages, joined once and handed down."""

from segmentation.leaves import LEAVES
from segmentation.segments import Segments

SEGMENTS = Segments(LEAVES)
