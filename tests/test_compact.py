"""Shorter drawings that are the same drawings."""

from __future__ import annotations

import re

from workbench.plots.compact import compact


def test_a_rectangle():
    """Places become steps in tenths of a point; lines along an axis need one number."""
    assert '<path d="M138.4 189.1h28.2v15.4h-28.2z"/>' == compact(
        '<path d="M 138.41 189.06 L 166.63 189.06 L 166.63 204.54 L 138.41 204.54 z"/>'
    )


def test_steps_do_not_drift():
    """Rounding is of places, not of steps: a thousand steps of 0.14 end within a tenth of where they should."""
    data = "M 0 0 " + " ".join(f"L {0.14 * n:.2f} {0.07 * n:.2f}" for n in range(1, 1001))
    path = re.search(' d="([^"]*)"', compact(f'<path d="{data}"/>'))[1]
    x = y = 0.0
    for letter, numbers in re.findall(r"([Mlhv])([^Mlhvz]*)", path):
        found = [float(number) for number in re.findall(r"-?(?:\d+\.\d+|\.\d+|\d+)", numbers)]
        if letter == "h":
            x += sum(found)
        elif letter == "v":
            y += sum(found)
        else:
            x, y = x + sum(found[::2]), y + sum(found[1::2])

    assert abs(x - 140.0) <= 0.051
    assert abs(y - 70.0) <= 0.051


def test_curves_are_left_alone():
    """Markers are drawn with curves, which are few."""
    curve = '<path d="M 0 1.5 C 0.4 1.5 0.8 1.3 1.06 1.06 z"/>'

    assert curve == compact(curve)


def test_neighbours_share_their_style():
    """Colour stays with the mark; what all have in common is said once."""
    marks = "".join(f'<path d="M 0 0 z" style="fill: #{c}{c}{c}; stroke: #ffffff; stroke-linejoin: miter"/>' for c in "abc")

    assert '<g style="stroke:#ffffff">' + "".join(
        f'<path d="M0 0z" style="fill:#{c}{c}{c}"/>' for c in "abc"
    ) + "</g>" == compact(marks)


def test_text_is_not_touched():
    """Letters that look like attributes, between tags."""
    name = ' d="M 1.23456 2" style="fill: red; a: b" '
    text = f'<text style="font-size: 9px" x="1">{name}</text>'

    assert name in compact(text + text)
    assert 2 == compact(text + text).count(name)
