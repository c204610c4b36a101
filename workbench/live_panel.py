"""The live panel: weights, means, scales and amendments under the researcher's hand, in JupyterLab.

Every move shows the new ranks, their intervals and the tile map at once. What was found can be written down as
proposed amendments; nothing else is ever written. The numbers come from `exploring`, the widgets from ipywidgets.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.cards import STYLE, span_bar
from workbench.choice_words import choice_words
from workbench.errors import WorkbenchError
from workbench.exploring import AS_GIVEN, NORMALISED_BY, Choice, Explorer, groups_with_choice
from workbench.framework_model import Group
from workbench.mistakes import box
from workbench.paths import shown
from workbench.plots.maps import has_map
from workbench.plots.style import band_colours, text_on
from workbench.proposals import place, propose
from workbench.provinces import PROVINCES
from workbench.scoring import Scores, score
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from workbench.framework import Framework
    from workbench.text import Lang

__all__ = ["Panel", "panel", "ranking_html", "tiles_html"]

AGGREGATIONS = (AS_GIVEN, "arithmetic", "geometric", "harmonic")
SPREADS = (0.1, 0.25, 0.5)
STEP = 0.05
PAPER, GRID = "#ffffff", "#8a8a8a"
LOOK = (
    "<style>.wb-panel :is(label,.widget-label,.widget-html,select,input,button){font-family:var(--jp-ui-font-family,sans-serif)}"
    # Names of pillars are long: they wrap instead of being cut off.
    ".wb-panel .widget-hslider{height:auto;margin:3px 0;align-items:center}"
    ".wb-panel .widget-hslider .widget-label{white-space:normal;height:auto;line-height:1.25;text-align:left}"
    ".wb-panel .wb-card td{padding:.1em .5em}</style>"
)


def panel(scores: Scores, data: object = None, *, draws: int = 100_000, seed: int = 1, language: Lang = "th") -> Panel:
    """A panel on scores, or on a framework and its data.

    Args:
        scores: What `score` gave; or a `Framework`, with its data after it.
        data: Answers or indicator values, where a framework was given.
        draws: Behind the intervals.
        seed: Of the draws.
        language: Of the words.
    """
    shown = scores if isinstance(scores, Scores) else score(scores, data)
    return Panel(Explorer(shown, draws=draws, seed=seed), language)


class Panel:
    """Widgets around an `Explorer`; shown as the last expression of a cell."""

    def __init__(self, explorer: Explorer, language: Lang = "th") -> None:
        import ipywidgets as widgets  # noqa: PLC0415  (only JupyterLab needs them)

        self.explorer, self.language, self._widgets = explorer, language, widgets
        self._weights: dict[str, float] = {}
        self._quiet = False
        wide = {"description_width": "initial"}
        groups = [(self._named(name), name) for name in groups_with_choice(self.framework)]
        self.group = widgets.Dropdown(options=groups, value="index", description=self._word("group"), style=wide)
        self.aggregation = self._choice("aggregation", AGGREGATIONS)
        self.normalisation = self._choice("normalisation", NORMALISED_BY)
        spreads = [(f"±{spread:.0%}", spread) for spread in SPREADS]
        self.spread = widgets.Dropdown(options=spreads, value=0.25, description=self._word("spread"), style=wide)
        self.amendments = {item.id: self._switch(item.id) for item in self.framework.amendments}
        self.sliders: dict[str, Any] = {}
        self.slider_box = widgets.VBox()
        self.ranking, self.tiles, self.basis, self.message = (widgets.HTML() for _ in range(4))
        self.reset = widgets.Button(description=self._word("reset"))
        beside = next((Path(item.file).parent for item in self.framework.amendments), Path())
        self.file = widgets.Text(value=(beside / "panel.yaml").as_posix(), description=self._word("file"), style=wide)
        self.reasons = [widgets.Text(description=self._word(f"reason_{language}"), style=wide) for language in ("th", "en")]
        self.raised_by = widgets.Text(description=self._word("raised_by"), style=wide)
        self.write = widgets.Button(description=self._word("write"), layout={"width": "auto"})
        self._connect()
        self._open_group()
        self.widget = self._arranged()
        self.widget.add_class("wb-panel")
        self.update()

    @property
    def framework(self) -> Framework:
        """What is looked at."""
        return self.explorer.framework

    @property
    def choice(self) -> Choice:
        """Where everything stands now."""
        status = {item.id: item.status == "accepted" for item in self.framework.amendments}
        now = {name: switch.value for name, switch in self.amendments.items()}
        return Choice(
            weights=dict(self._weights),
            aggregation=self.aggregation.value,
            normalisation=self.normalisation.value,
            accepted=None if now == status else frozenset(name for name, on in now.items() if on),
            spread=self.spread.value,
        )

    @property
    def table(self) -> pd.DataFrame:
        """What is shown, as `Explorer.look` gives it."""
        return self._table

    def update(self, _: object = None) -> None:
        """Show ranks, intervals and map under the choice; a mistake shows as words and leaves what was there."""
        if self._quiet:
            return
        try:
            self._table = self.explorer.look(self.choice)
        except WorkbenchError as error:
            self._say(error)
            return
        self.message.value = ""
        self.ranking.value = ranking_html(self._table, self.explorer.scores, self.language)
        if has_map(self.framework):
            self.tiles.value = tiles_html(self._table, self.explorer.scores, self.language)
        moved = int((self._table["moved"].abs() > 0).sum())
        facts = {"draws": f"{self._table.attrs['draws']:,}", "spread": f"{100 * self.spread.value:.0f}", "moved": moved}
        self.basis.value = f"<p>{escape(self._word('basis', **facts))}</p>"

    def restore(self, _: object = None) -> None:
        """Back to what is published."""
        self._quiet = True
        self._weights.clear()
        self.aggregation.value = self.normalisation.value = AS_GIVEN
        self.spread.value = 0.25
        for item in self.framework.amendments:
            self.amendments[item.id].value = item.status == "accepted"
        self._open_group()
        self._quiet = False
        self.update()

    def save(self, _: object = None) -> None:
        """Write the weights and the aggregation as proposed amendments."""
        try:
            reasons = [field.value.strip() for field in self.reasons]
            # An empty reason is refused by the reader of amendments, in its own words.
            reason = Text.model_construct(th=reasons[0], en=reasons[1])
            count = propose(self.framework, self.choice, self.file.value, reason=reason, raised_by=self.raised_by.value)
        except WorkbenchError as error:
            self._say(error)
            return
        note = f" {self._word('only_weights')}" if self.normalisation.value != AS_GIVEN else ""
        self.message.value = f"<p>{escape(self._word('written', n=count, file=shown(place(self.file.value))) + note)}</p>"

    def _ipython_display_(self) -> None:
        from IPython.display import display  # noqa: PLC0415

        display(self.widget)  # type: ignore[no-untyped-call]

    def _connect(self) -> None:
        for widget in (self.aggregation, self.normalisation, self.spread, *self.amendments.values()):
            widget.observe(self.update, names="value")
        self.group.observe(self._open_group, names="value")
        self.reset.on_click(self.restore)
        self.write.on_click(self.save)

    def _open_group(self, _: object = None) -> None:
        """Sliders for the children of the chosen group."""
        node = self.framework.element(self.group.value)
        children = node.children if isinstance(node, Group) else ()
        choice = Choice(weights=dict(self._weights))
        self.sliders = {child.id: self._slider(child.id, self.explorer.weight(child.id, choice)) for child in children}
        self.slider_box.children = tuple(self.sliders.values())

    def _slider(self, name: str, value: float) -> Any:  # noqa: ANN401  (a widget)
        """A slider from 0 to three times what is given; the step lets what is given stand exactly."""
        given = self.explorer.weight(name, Choice())
        slider = self._widgets.FloatSlider(
            value=value,
            min=0.0,
            max=max(3.0 * given, value, 1.0),
            step=STEP * given if given else STEP,
            description=f"{name} {self.framework.label(name).get(self.language)}",
            readout_format=".2f",
            tooltip=f"{name} {self.framework.label(name).get(self.language)}",
            style={"description_width": "16em"},
            layout={"width": "32em"},
        )

        def moved(change: Any) -> None:  # noqa: ANN401  (what ipywidgets sends)
            self._weights[name] = round(float(change["new"]), 10)
            if abs(self._weights[name] - given) < 1e-9:  # noqa: PLR2004  (back where it was)
                del self._weights[name]
            self.update()

        slider.observe(moved, names="value")
        return slider

    def _choice(self, key: str, names: tuple[str, ...]) -> Any:  # noqa: ANN401  (a widget)
        options = [(self._word("as_given") if name == AS_GIVEN else self._called(key, name), name) for name in names]
        return self._widgets.Dropdown(
            options=options, value=AS_GIVEN, description=self._word(key), style={"description_width": "initial"}
        )

    def _switch(self, name: str) -> Any:  # noqa: ANN401  (a widget)
        item = next(item for item in self.framework.amendments if item.id == name)
        before = "–" if item.expect is None else item.expect
        label = (
            f"{item.id}: {item.parameter} {before} → {item.to}"
            if item.kind == "set"
            else f"{item.id}: {item.kind} {item.parameter}"
        )
        return self._widgets.Checkbox(
            value=item.status == "accepted",
            description=label,
            tooltip=item.reason.get(self.language),
            indent=False,
            layout={"width": "auto"},
        )

    def _arranged(self) -> Any:  # noqa: ANN401  (a widget)
        from workbench.page import style  # noqa: PLC0415  (a page imports everything that shows itself)

        w = self._widgets
        synthetic = f" · {escape(self._card('synthetic'))}" if self.explorer.scores.synthetic else ""
        title = w.HTML(f"{style()}{STYLE}{LOOK}<strong>{escape(self._word('title'))}{synthetic}</strong>")
        head = w.HTML(f"<strong>{escape(self._word('amendments'))}</strong>") if self.amendments else w.HTML()
        written = w.VBox([self.file, *self.reasons, self.raised_by, self.write])
        proposal = w.Accordion([written], titles=(self._word("write"),), selected_index=None)
        left = w.VBox(
            [self.group, self.slider_box, self.aggregation, self.normalisation, self.spread, head, *self.amendments.values(),
             self.reset, self.basis, proposal, self.message],
            layout={"width": "34em"},
        )  # fmt: skip
        ranking = w.VBox([self.ranking], layout={"height": "640px", "overflow": "auto", "width": "34em"})
        return w.VBox([title, w.HBox([left, ranking, self.tiles], layout={"flex_flow": "row wrap"})])

    def _say(self, error: WorkbenchError) -> None:
        import re  # noqa: PLC0415

        text = re.sub(r"\x1b\[\d+m", "", "\n".join(box(error)))
        self.message.value = f'<pre role="alert" style="white-space:pre-wrap">{escape(text)}</pre>'

    def _named(self, name: str) -> str:
        label = self.framework.label(name).get(self.language)
        return label if name == "index" else f"{name} {label}"

    def _called(self, key: str, name: str) -> str:
        return choice_words(key, name).get(self.language)

    def _card(self, key: str) -> str:
        return Texts.default()(f"cards.{key}").get(self.language)

    def _word(self, key: str, **blanks: object) -> str:
        return Texts.default()(f"panel.{key}", **blanks).get(self.language)


def ranking_html(table: pd.DataFrame, scores: Scores, language: Lang) -> str:
    """The ranking with places gained or lost and the interval of every rank."""
    words = Texts.default()
    heads = "".join(
        f'<th scope="col">{escape(words(f"panel.{key}").get(language))}</th>'
        for key in ("rank", "moved", "unit", "index", "interval")
    )
    count = int(table["rank"].notna().sum())
    none = words("panel.none").get(language)
    rows = []
    for row in table.itertuples():
        name = escape(scores.names[str(row.Index)].get(language))
        if pd.isna(row.rank):
            rows.append(f"<tr><td></td><td></td><td>{name}</td><td colspan=2>{escape(none)}</td></tr>")
            continue
        bar = span_bar(row.rank_p05, row.rank_median, row.rank_p95, count)
        ends = f"{row.rank_p05:g}–{row.rank_p95:g}"
        rows.append(
            f'<tr data-unit="{escape(str(row.Index))}"><td class="n">{row.rank:g}</td><td class="n">{_arrow(row.moved)}</td>'
            f'<td>{name}</td><td class="n">{row.index:.1f}</td><td>{bar}{ends}</td></tr>'
        )
    return f'<div class="workbench wb-card"><table><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def tiles_html(table: pd.DataFrame, scores: Scores, language: Lang) -> str:
    """The tile map: a square per province in the colour of its band, with its rank; below it the bands with their counts."""
    bands = scores.framework.bands
    colours = dict(zip((band.id for band in bands), band_colours(len(bands)), strict=True))
    shown = dict(zip(table.index, zip(table["rank"], table["band"], strict=True), strict=True))
    tiles = []
    for province in PROVINCES:
        place, of = shown.get(province.iso, (float("nan"), ""))
        colour = colours.get(of, PAPER)
        where = f"grid-column:{province.tile_col + 1};grid-row:{province.tile_row + 1}"
        number = "–" if pd.isna(place) else f"{place:g}"
        look = f"background:{colour};color:{text_on(colour)};outline:1px solid {GRID};line-height:1.15;padding:1px 0"
        tiles.append(
            f'<span data-unit="{province.iso}" title="{escape(province.name.get(language))}" style="{where};{look};'
            f'text-align:center">{escape(province.abbreviation.get(language))}<br>{number}</span>'
        )
    counts = table["band"].value_counts()
    legend = "".join(
        f'<div><span style="display:inline-block;width:1em;height:1em;vertical-align:-.15em;background:{colours[band.id]};'
        f'outline:1px solid {GRID}"></span> {escape(band.label.get(language))}: {counts.get(band.id, 0)}</div>'
        for band in reversed(bands)
    )
    grid = "display:grid;grid-auto-columns:2.7em;grid-auto-rows:2.5em;gap:2px;font-size:11px"
    caption = escape(Texts.default()("panel.map").get(language))
    body = (
        f'<figcaption>{caption}</figcaption><div style="{grid}">{"".join(tiles)}</div><div style="margin-top:.6em">{legend}</div>'
    )
    return f'<figure class="workbench wb-card" style="margin:0 1em">{body}</figure>'


def _arrow(moved: float) -> str:
    if pd.isna(moved) or moved == 0:
        return ""
    return f"▲{moved:g}" if moved > 0 else f"▼{-moved:g}"
