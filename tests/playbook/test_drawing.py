"""A menu without a picture is published with one."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageFont

from playbook.check import check
from playbook.drawing import with_drawn_menus
from tests.playbook.folders import changed, write


def test_every_language_gets_its_own_picture(tmp_path: Path) -> None:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    (tmp_path / "latin.ttf").write_bytes(font.font_bytes)
    latin = str(tmp_path / "latin.ttf")
    files = changed("rich_menus/main.yaml", "picture: main.png\n", "")
    checked = check(write(tmp_path / "playbook", files), menu_font=latin)
    assert checked.playbook is not None, checked.faults
    drawn = with_drawn_menus(checked.playbook, menu_font=latin)
    (menu,) = drawn.content.rich_menus
    assert menu.picture == {"en": "main.en.drawn.png"}
    picture = Image.open(BytesIO(drawn.assets["rich_menus/main.en.drawn.png"]))
    assert picture.size == menu.size
    assert drawn.assets.items() >= checked.playbook.assets.items()
    assert with_drawn_menus(checked.playbook, menu_font=latin) == drawn
    assert with_drawn_menus(drawn, menu_font=latin) == drawn
