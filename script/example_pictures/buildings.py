"""The homes of the rental playbook that are drawn from the street."""

from script.example_pictures import furniture as put
from script.example_pictures.canvas import HEIGHT, WIDTH, Canvas


def shipai_two_bed() -> Canvas:
    """An older block of flats on a lane with trees."""
    lane = Canvas(WIDTH, HEIGHT, "#cfe6ea")
    lane.ellipse(170, 110, 90, 22, "#ffffff")
    lane.ellipse(230, 94, 60, 24, "#ffffff")
    lane.ellipse(860, 150, 80, 20, "#ffffff")
    lane.rect(60, 250, 230, 320, "#d9cdb9")
    lane.rect(770, 210, 220, 360, "#cdb9a2")
    for left, top in (
        (90, 290),
        (180, 290),
        (90, 390),
        (180, 390),
        (800, 256),
        (890, 256),
        (800, 356),
        (890, 356),
    ):
        lane.rect(left, top, 62, 62, "#9fb9bd", 4)
    lane.rect(268, 96, 520, 474, "#e8b08c")
    lane.rect(252, 76, 552, 28, "#b9704c", 6)
    for storey in range(3):
        top = 130 + storey * 132
        for left in (304, 584):
            lane.rect(left, top, 168, 76, put.CREAM, 4)
            lane.rect(left + 8, top + 8, 72, 60, "#86b3bb")
            lane.rect(left + 88, top + 8, 72, 60, "#86b3bb")
            lane.rect(left - 12, top + 66, 192, 12, "#8a5a44")
            for bar in range(10):
                lane.rect(left - 8 + bar * 20, top + 76, 5, 26, "#8a5a44")
            lane.rect(left - 12, top + 100, 192, 8, "#8a5a44")
        lane.circle(340, top + 66, 17, put.LEAF)
        lane.circle(366, top + 70, 13, put.LEAF_DARK)
    for storey in range(3):
        lane.rect(496, 130 + storey * 132, 64, 74, "#c98d69", 4)
    lane.rect(486, 486, 84, 84, "#3f6f6b", 6)
    lane.circle(556, 532, 5, put.BRASS)
    lane.rect(0, 566, WIDTH, 100, "#b8b2a8")
    lane.rect(0, 566, WIDTH, 16, "#d8d3c8")
    put.tree(lane, 160, 580, 290)
    put.tree(lane, 898, 584, 330, "#6f9f6a")
    put.plant(lane, 438, 572, 92)
    put.plant(lane, 616, 572, 92)
    return lane


def taoyuan_three_bed() -> Canvas:
    """A new building beside a park, a car in front of it."""
    street = Canvas(WIDTH, HEIGHT, "#d6ebe6")
    street.circle(866, 118, 50, "#fff0b3")
    street.ellipse(140, 120, 84, 20, "#ffffff")
    street.ellipse(196, 104, 58, 22, "#ffffff")
    street.rect(0, 470, WIDTH, 110, "#a9cf9f")
    for x, size, leaves in (
        (660, 240, put.LEAF),
        (780, 290, "#79aa7f"),
        (910, 250, put.LEAF),
        (990, 300, "#79aa7f"),
    ):
        put.tree(street, x, 540, size, leaves)
    street.rect(90, 110, 240, 460, "#f3ead8")
    street.rect(330, 170, 230, 400, "#c8a487")
    street.rect(80, 96, 260, 20, "#5c7f86", 4)
    street.rect(322, 156, 246, 20, "#5c7f86", 4)
    for storey in range(4):
        top = 144 + storey * 92
        for left in (118, 222):
            street.rect(left, top, 82, 56, "#86b3bb", 4)
            street.rect(left + 38, top, 6, 56, put.CREAM)
        street.rect(106, top + 56, 210, 10, "#d8cbb2")
    for storey in range(3):
        top = 206 + storey * 92
        street.rect(358, top, 174, 54, "#a7ccd2", 4)
        street.rect(442, top, 6, 54, put.CREAM)
        street.rect(346, top + 40, 198, 24, "#ffffffaa", 4)
    street.rect(384, 484, 122, 86, "#5c7f86", 6)
    street.rect(442, 484, 5, 86, "#f3ead8")
    street.rect(0, 570, WIDTH, 96, "#9c9a97")
    street.rect(0, 570, WIDTH, 12, "#dcd9d1")
    for x in range(20, WIDTH, 150):
        street.rect(x, 630, 76, 9, "#f3efe2")
    street.polygon(((668, 532), (712, 480), (826, 480), (876, 532)), "#b75a34")
    street.polygon(((694, 530), (722, 492), (764, 492), (764, 530)), "#cfe8ef")
    street.polygon(((774, 530), (774, 492), (818, 492), (850, 530)), "#cfe8ef")
    street.rect(626, 526, 300, 66, "#d9774b", 26)
    for wheel in (696, 860):
        street.circle(wheel, 590, 33, put.INK)
        street.circle(wheel, 590, 14, "#c9c6c0")
    street.circle(916, 552, 10, "#ffe9a8")
    put.plant(street, 358, 574, 90)
    put.plant(street, 534, 574, 90)
    return street
