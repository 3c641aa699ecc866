"""The homes of the rental playbook, drawn flat from the inside."""

from collections.abc import Callable, Mapping

from script.example_pictures import furniture as put
from script.example_pictures.buildings import shipai_two_bed, taoyuan_three_bed
from script.example_pictures.canvas import HEIGHT, WIDTH, Canvas


def zhongshan_two_bed() -> Canvas:
    """A living room with a cat on the sofa."""
    room = Canvas(WIDTH, HEIGHT, "#f3e3cf")
    put.floor(room, 500, "#d8b48a", "#c8a075")
    put.window(room, 96, 96, 280, 262, "#bfe0ea")
    room.circle(310, 160, 34, "#fff3c4")
    for x, top in ((110, 250), (170, 214), (232, 268), (288, 236)):
        room.rect(x, top, 52, 358 - top, "#8fb3bd")
    put.bars(room, 96, 96, 280, 262)
    put.curtain(room, 40, 66, 62, 330, "#e29a72", "#d3875d")
    put.curtain(room, 370, 66, 62, 330, "#e29a72", "#d3875d")
    put.rail(room, 26, 64, 422)
    put.painting(room, 640, 110, 190, 140, "#dfeae4", "#6f9a8d")
    room.ellipse(700, 596, 300, 44, "#b9d0c8")
    put.sofa(room, 490, 570, 400, "#3f7f7a", "#57988f")
    put.cushion(room, 566, 446, "#f0b95a")
    put.cat(room, 742, 470, "#f7f1e6")
    put.lamp(room, 948, 566, 370, "#f3c969")
    put.plant(room, 448, 572, 190)
    return room


def muzha_two_bed() -> Canvas:
    """A balcony door wide open to the hills."""
    room = Canvas(WIDTH, HEIGHT, "#e6ecdf")
    put.floor(room, 520, "#c9a37a", "#b98f66")
    put.window(room, 300, 70, 470, 434, "#cfe8ef")
    room.circle(640, 150, 40, "#fff1b8")
    room.ellipse(420, 150, 62, 16, "#ffffff")
    room.ellipse(464, 138, 46, 17, "#ffffff")
    put.hills(room, 300, 504, 470, 330)
    for x in range(306, 770, 34):
        room.rect(x, 404, 7, 100, "#ffffff")
    room.rect(296, 394, 478, 14, "#ffffff", 5)
    put.bars(room, 300, 70, 470, 0, 1)
    room.rect(530, 70, 10, 434, put.CREAM)
    put.curtain(room, 236, 50, 84, 466, "#f6efe0", "#e6dcc6")
    put.curtain(room, 750, 50, 84, 466, "#f6efe0", "#e6dcc6")
    put.rail(room, 216, 48, 636)
    put.shelf(room, 40, 250, 160, ("#d9774b", "#3f7f7a", "#e9b44c", "#6b7fa3", "#a35d6a"))
    put.plant(room, 120, 586, 250)
    room.rect(846, 470, 120, 22, "#d9774b", 10)
    room.rect(938, 356, 24, 136, "#d9774b", 10)
    for leg in (858, 940):
        room.rect(leg, 490, 12, 100, put.DARK_WOOD)
    put.dog(room, 640, 600, "#d8a86f", "#a87945")
    return room


def gongguan_room() -> Canvas:
    """A small room with a desk below the window."""
    room = Canvas(WIDTH, HEIGHT, "#dfe7ee")
    put.floor(room, 510, "#d4b18a", "#c39c72")
    put.window(room, 640, 90, 240, 220, "#cfe8ef")
    put.tree(room, 730, 310, 210)
    put.tree(room, 846, 312, 150, "#79aa7f")
    put.bars(room, 640, 90, 240, 220)
    put.shelf(
        room, 120, 210, 300, ("#3f7f7a", "#d9774b", "#e9b44c", "#6b7fa3", "#a35d6a", "#57988f", "#c9714c")
    )
    put.bed(room, 70, 580, 440, "#6b8fb3", "#86a6c6")
    put.table(room, 600, 580, 330, 186)
    room.rect(640, 346, 96, 50, put.INK, 6)
    room.rect(647, 352, 82, 38, "#9cc3cf")
    room.rect(620, 390, 136, 8, "#6b6a76", 4)
    room.line(((866, 394), (846, 340), (886, 306)), put.INK, 7)
    room.polygon(((868, 290), (914, 306), (894, 340), (862, 318)), "#e9b44c")
    room.rect(716, 470, 100, 16, "#d9774b", 8)
    room.rect(706, 404, 14, 76, "#d9774b", 7)
    for leg in (724, 798):
        room.rect(leg, 484, 9, 104, put.DARK_WOOD)
    put.plant(room, 560, 584, 140)
    return room


def xinyi_one_bed() -> Canvas:
    """A high floor over the city at dusk."""
    room = Canvas(WIDTH, HEIGHT, "#4a4863")
    put.window(room, 70, 50, 884, 380, "#f0a878")
    room.fade(70, 50, 884, 380, "#5c5f94", "#f6bd8a")
    room.circle(772, 250, 50, "#ffe0a6")
    skyline = (
        (84, 250),
        (160, 200),
        (230, 280),
        (300, 150),
        (380, 240),
        (460, 210),
        (640, 260),
        (800, 190),
        (880, 250),
    )
    for place, (x, top) in enumerate(skyline):
        wide = 70 + place * 13 % 24
        room.rect(x, top, wide, 430 - top, "#3a3f68" if place % 2 else "#464c7a")
        for lit in range(8):
            column, row = lit % 2, lit // 2
            if (lit * 5 + place * 3) % 4:
                room.rect(x + 14 + column * 30, top + 20 + row * 40, 13, 17, "#ffd98a")
    for step, wide in enumerate((84, 74, 64, 54, 42)):
        room.rect(594 - wide / 2, 370 - step * 56, wide, 60, "#343a63" if step % 2 else "#3d4370")
    room.line(((594, 146), (594, 90)), "#3d4370", 8)
    for x in (291, 512, 733):
        room.rect(x - 5, 50, 10, 380, put.CREAM)
    room.rect(40, 434, 944, 16, put.CREAM, 4)
    room.rect(0, 500, WIDTH, 166, "#8d6f63")
    room.rect(0, 486, WIDTH, 16, "#6a6788")
    room.ellipse(520, 600, 380, 46, "#a98a7c")
    put.sofa(room, 330, 590, 420, "#d98f6a", "#e6a684")
    put.cushion(room, 420, 466, "#f6e3c0")
    put.cushion(room, 664, 468, "#5c5f94")
    put.lamp(room, 920, 596, 330, "#ffe0a6")
    put.plant(room, 188, 600, 220)
    return room


def fuzhong_one_bed() -> Canvas:
    """A kitchen with a table for two."""
    room = Canvas(WIDTH, HEIGHT, "#f6ead0")
    put.floor(room, 520, "#c7a982", "#b7956c")
    for left in (60, 190, 320):
        room.rect(left, 70, 122, 130, "#4f8a82", 8)
        room.rect(left + 96, 120, 8, 34, put.BRASS, 4)
    for row in range(4):
        for column in range(11):
            if (row + column) % 2:
                room.rect(60 + column * 44, 216 + row * 34, 42, 32, "#ffffff99", 3)
    room.rect(40, 352, 540, 24, "#f8f4ea", 6)
    for left in (54, 184, 314, 444):
        room.rect(left, 376, 122, 146, "#4f8a82", 6)
        room.rect(left + 40, 392, 42, 8, put.BRASS, 4)
    room.rect(86, 300, 96, 52, "#d9774b", 12)
    room.rect(70, 312, 128, 10, "#b75a34", 5)
    room.circle(134, 294, 9, "#b75a34")
    room.arc(330, 316, 26, 180, 360, "#8b97a0", 9)
    room.line(((304, 316), (304, 352)), "#8b97a0", 9)
    put.plant(room, 470, 354, 110)
    put.pendant(room, 700, 150, "#d9774b")
    put.pendant(room, 850, 150, "#d9774b")
    room.ellipse(778, 612, 230, 30, "#e3d2b0")
    put.table(room, 630, 604, 300, 160)
    for seat, back in ((560, 560), (960, 996)):
        room.rect(seat - 10, 520, 66, 14, "#e9b44c", 7)
        room.rect(back, 420, 12, 114, "#e9b44c", 6)
        room.rect(seat - 6, 532, 9, 72, put.DARK_WOOD)
        room.rect(seat + 42, 532, 9, 72, put.DARK_WOOD)
    room.ellipse(724, 440, 34, 7, "#ffffff")
    room.ellipse(846, 440, 34, 7, "#ffffff")
    room.rect(770, 396, 26, 48, "#86b3bb", 8)
    for x, y, colour in ((768, 372, "#e29a72"), (784, 358, "#f0b95a"), (800, 374, "#d9774b")):
        room.line(((783, 398), (x, y)), put.LEAF_DARK, 4)
        room.circle(x, y, 13, colour)
    return room


def dingxi_studio() -> Canvas:
    """One room with everything in it, the washing machine, too."""
    room = Canvas(WIDTH, HEIGHT, "#efe0dc")
    put.floor(room, 510, "#d9bd9c", "#c9a884")
    put.window(room, 400, 84, 230, 220, "#cfe3ef")
    for x, top in ((412, 220), (470, 180), (534, 240), (584, 206)):
        room.rect(x, top, 42, 304 - top, "#9db6c4")
    put.bars(room, 400, 84, 230, 220)
    put.curtain(room, 350, 58, 54, 276, "#8aa39b", "#78938a")
    put.curtain(room, 626, 58, 54, 276, "#8aa39b", "#78938a")
    put.rail(room, 334, 56, 362)
    put.painting(room, 120, 120, 150, 120, "#f3e6d0", "#c98d69")
    put.bed(room, 60, 584, 420, "#c97b6b", "#d99384")
    room.rect(740, 130, 220, 390, "#f8f4ea", 10)
    room.rect(740, 130, 220, 14, "#d8d0c0", 6)
    room.rect(846, 144, 6, 150, "#d8d0c0")
    for handle in (828, 862):
        room.rect(handle, 196, 8, 44, put.BRASS, 4)
    room.rect(752, 306, 196, 214, "#ffffff", 12)
    room.rect(752, 306, 196, 44, "#dbe3e6", 12)
    room.circle(782, 328, 9, "#86b3bb")
    room.rect(860, 320, 66, 16, "#b7c5ca", 6)
    room.circle(850, 434, 66, "#c3ced2")
    room.circle(850, 434, 50, "#6f95a3")
    room.arc(850, 434, 34, 20, 160, "#a9cbd6", 12)
    put.table(room, 530, 590, 160, 96)
    room.rect(560, 470, 34, 26, "#d9774b", 6)
    room.arc(598, 482, 10, 270, 90, "#d9774b", 6)
    put.plant(room, 652, 496, 110)
    return room


HOMES: Mapping[str, Callable[[], Canvas]] = {
    draw.__name__: draw
    for draw in (
        zhongshan_two_bed,
        muzha_two_bed,
        shipai_two_bed,
        gongguan_room,
        xinyi_one_bed,
        fuzhong_one_bed,
        dingxi_studio,
        taoyuan_three_bed,
    )
}
"""Card id to the function that draws its picture."""
