"""How charts look: fonts, colours, and the step from a figure to SVG.

matplotlib 3.11 shapes Thai correctly; Sarabun ships with the project, so a bare machine draws the
same as any other. Colours are told apart by readers with colour blindness and always come with a
second sign (a label, a shape, a hatch).
"""

from __future__ import annotations

import io
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from workbench.paths import PROJECT
from workbench.plain import controls_shown
from workbench.plots.compact import compact

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ACCENT",
    "BANDS",
    "FONTS",
    "GRID",
    "INK",
    "MUTED",
    "READABLE",
    "ROOT_STYLE",
    "SCALE",
    "SERIES",
    "VISIBLE",
    "apply",
    "band_colours",
    "contrast",
    "new_figure",
    "ramp",
    "shortened",
    "svg",
    "text_on",
    "tint",
]

FONTS = PROJECT / "workbench" / "fonts"
INK = "#1d2733"
MUTED = "#566270"
GRID = "#d9dee4"
ACCENT = "#0b5c8c"
BANDS = ("#c9dcea", "#93bcd6", "#4f93bd", "#1f6a9a", "#0a3f66")
"""Five steps of one blue, light to dark: order survives in grey and for every kind of colour vision."""
SERIES = ("#0072b2", "#d55e00", "#009e73", "#aa3377", "#7a6000", "#444444")
"""Colours without an order (after Okabe and Ito, darkened to 3:1 on white)."""
PALEST = "#f3f8fb"
READABLE, VISIBLE = 4.5, 3.0
"""Least contrast of text and of parts of a drawing (WCAG 2.2, 1.4.3 and 1.4.11)."""
SCALE = 110.0
"""Most pixels for an inch of a figure: ten points become as large as the text of a page."""
# matplotlib sets the joins for `*`, which would reach every element of the page.
ROOT_STYLE = "stroke-linejoin:round;stroke-linecap:butt;font-family:Sarabun,'TH Sarabun New','Noto Sans Thai',Tahoma,sans-serif"
SETTINGS: dict[Any, Any] = {
    "font.family": ["Sarabun", "DejaVu Sans"],
    "text.parse_math": False,  # a name with two dollar signs is a name
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "axes.unicode_minus": True,
    "svg.hashsalt": "workbench",
    "mathtext.default": "regular",
}


@cache
def _register() -> None:
    """Make the shipped fonts known to matplotlib."""
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)


def apply() -> None:
    """Set matplotlib to the project's style; whatever another library set in between is set back."""
    _register()
    mpl.rcParams.update(SETTINGS)


def new_figure(width: float, height: float) -> Figure:
    """An empty figure in the project's style, in inches; it belongs to no window."""
    apply()
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure


def svg(figure: Figure, prefix: str, *, text: bool = True) -> str:
    """*figure* as inline SVG that scales with the page.

    Args:
        figure: From `new_figure`.
        prefix: Put before every id, so that figures on one page do not mix.
        text: Keep letters as text in the page's font; else draw them as outlines.

    Returns:
        One `<svg>` element without prolog, date or fixed size; the same bytes every time. It is as wide as its
        place, but never so wide that its letters are larger than those of the page.
    """
    apply()
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none" if text else "path"}):
        # `savefig` would draw twice, first only to know the layout, which `print_svg` finds anyway.
        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})  # type: ignore[no-untyped-call]
    drawing = controls_shown(buffer.getvalue())
    drawing = re.sub(
        r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", drawing[drawing.index("<svg") :], flags=re.DOTALL
    )
    used = set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", drawing))
    kept = {name for pair in used for name in pair if name}
    # Only tags are rewritten: text between them came from outside and stays as it is.
    drawing = re.sub(r"<[^<>]*>", lambda tag: _lean(tag[0], kept, prefix), drawing)
    drawing = re.sub(r">\s+<", "><", drawing.strip()).replace("<defs></defs>", "").replace("<defs/>", "")
    drawing = compact(re.sub(r"<g>(<(?:path|use|text)\b[^>]*(?:/>|>[^<]*</text>))</g>", r"\1", drawing))
    style = f"width:100%;max-width:{figure.get_figwidth() * SCALE:.0f}px;height:auto;{ROOT_STYLE}"
    size = re.compile(r'<svg\b([^>]*?) width="[^"]*"([^>]*?) height="[^"]*"')
    return size.sub(rf'<svg style="{style}"\1\2', drawing, count=1)


def _lean(tag: str, kept: set[str], prefix: str) -> str:
    """*tag* with ids of its own figure, and without what no reader sees.

    Gone are ids that nothing refers to, digits beyond a hundredth of a point, turns by nothing, and the family
    of letters, which the figure as a whole has.
    """
    tag = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", tag)
    tag = re.sub(r"font-family: [^;\"]*;? ?", "", tag)
    tag = re.sub(r' (?:d|x|y)="[^"]*"', lambda found: _rounded(found[0]), tag)
    tag = re.sub(r' id="([^"]+)"', lambda found: f' id="{prefix}-{found[1]}"' if found[1] in kept else "", tag)
    tag = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", tag)
    return re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', tag)


def _rounded(attribute: str) -> str:
    shorter = re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), attribute)
    return " " + re.sub(r"\s+", " ", shorter).replace(' "', '"').strip()


def band_colours(count: int) -> list[str]:
    """A colour for each of *count* bands, light to dark."""
    return [ramp(position / (count - 1)) for position in range(count)] if count > 1 else [BANDS[2]]


def ramp(share: float) -> str:
    """The colour at *share* (0 to 1) of the way from the lightest to the darkest step."""
    return _between(BANDS, share)


def tint(share: float) -> str:
    """As `ramp`, but from nearly white, for cells that hold their number."""
    return _between((PALEST, *BANDS), share)


def _between(steps: Sequence[str], share: float) -> str:
    place = min(max(share, 0.0), 1.0) * (len(steps) - 1)
    step = min(int(place), len(steps) - 2)
    pairs = [(int(steps[step][i : i + 2], 16), int(steps[step + 1][i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * (place - step)):02x}" for a, b in pairs)


def text_on(colour: str) -> str:
    """White where it reads well on *colour* (4.5:1), else black, which then does."""
    return "#ffffff" if contrast("#ffffff", colour) >= READABLE else "#000000"


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def shortened(text: str, width: int) -> str:
    """*text* on one line of at most about *width* characters."""
    return text if len(text) <= width else _cut(text, width)


def _cut(text: str, width: int) -> str:
    """Cut before a consonant, never between a letter and its marks."""
    end = width - 1
    marks = "ะัาำิีึืฺุู็่้๊๋์ํๆ"
    while end > 1 and (text[end] in marks or text[end - 1] in "เแโใไ"):
        end -= 1
    return f"{text[:end].rstrip()}…"
