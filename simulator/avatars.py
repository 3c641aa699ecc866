"""Profile pictures drawn from a name: initials on a colour that belongs to the person."""

from markupsafe import Markup

from rendering.elements import clean

_COLOURS = (
    "#e07a5f", "#3d8b7d", "#5b7db1", "#c06c84", "#7a6fb0", "#c98a2b", "#4f9d69", "#8c5a3c", "#3f88a5", "#a04f9c",
    "#6b7d3a", "#4b5d8f",
)  # fmt: skip


def avatar_svg(name: str, user_id: str) -> str:
    """Return a square SVG; digits of the user id choose the colour."""
    colour = _COLOURS[int(user_id[2:6], 16) % len(_COLOURS)]
    drawn = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img">'
        '<rect width="96" height="96" fill="{colour}"/>'
        '<circle cx="48" cy="112" r="52" fill="#ffffff" opacity=".14"/>'
        '<text x="48" y="50" fill="#fff" font-family="system-ui, Noto Sans CJK TC, sans-serif" '
        'font-size="{size}" font-weight="600" text-anchor="middle" dominant-baseline="central">'
        "{initials}</text></svg>"
    )
    shown = initials(clean(name))
    return str(drawn.format(colour=colour, size=44 if len(shown) == 1 else 36, initials=shown))


def initials(name: str) -> str:
    """Return what stands for a name: Latin initials, or the character that tells Asian names apart."""
    parts = [part for part in name.split() if part[0].isalnum()]
    if not parts:
        return "☺"
    if parts[0][0].isascii():
        return "".join(part[0] for part in parts[:2]).upper()
    # A Chinese or Korean given name tells people apart better than the family name does.
    return parts[-1][-1] if len(parts) == 1 else parts[-1][0]
