"""Draw the pictures that the example playbooks ship with: `python -m script.draw_examples`.

The pictures are kept in the repository, because a fresh machine has no font with Chinese in it. Run
this after changing a drawing or a label; it needs Debian's fonts-noto-cjk, and the same Pillow draws
the same bytes again.
"""

from pathlib import Path

from script.example_pictures import drinks, homes, menus

EXAMPLES = Path(__file__).parents[1] / "examples"
DRAWN = {
    "rental/pictures": homes.HOMES,
    "rental/rich_menus": menus.RENTAL,
    "tea_shop/pictures": drinks.DRINKS,
    "tea_shop/rich_menus": menus.TEA_SHOP,
}


def main() -> None:
    """Draw everything, and say what was written and how large it is."""
    for folder, pictures in DRAWN.items():
        for name, draw in pictures.items():
            path = EXAMPLES / folder / f"{name}.png"
            draw().save(path)
            print(f"{path.relative_to(EXAMPLES.parent)}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
