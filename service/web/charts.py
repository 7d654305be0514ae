"""Charts as SVG drawn on the server: no script, colours by class only, every mark a link that names its value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup, escape

_SPARK_WIDTH, _SPARK_HEIGHT = 136, 40


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of a chart: its label under the axis, what is said of it, and where it leads ("" for nowhere)."""

    label: str
    tip: str
    href: str


def _join(parts: Sequence[str]) -> Markup:
    return Markup("".join(parts))  # noqa: S704  built here of numbers and escaped texts; nothing of a sender enters bare


def _link(mark: Mark, shape: str, more: str = "") -> str:
    tip = escape(mark.tip)
    if not mark.href:
        return f'<g role="img" aria-label="{tip}" data-tip="{tip}">{shape}</g>'
    return f'<a href="{escape(mark.href)}" aria-label="{tip}" data-tip="{tip}"{more}>{shape}</a>'


def top_of(values: Sequence[float], least: float = 4) -> float:
    """Return a round upper end of an axis above all values."""
    highest = max([*values, least])
    step = 1.0
    while True:
        for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10):
            if step * factor >= highest:
                return step * factor
        step *= 10


def steps_of(highest: float) -> int:
    """Return into how many steps an axis up to this round end is cut, so that each is a round number, too."""
    while highest >= 10:
        highest /= 10
    return 4 if round(highest, 1) in {2, 4, 6, 8} else 5


def spark(values: Sequence[float | None], goal: float | None = None) -> Markup:
    """Return a small trend line with its target line; fewer than two values give nothing."""
    shown = [value for value in values if value is not None]
    if len(shown) < 2:
        return Markup("")
    ends = [*shown, *([] if goal is None else [goal])]
    low, high = min(ends), max(ends)
    room = (high - low) or 1

    def y(value: float) -> float:
        return 4 + (_SPARK_HEIGHT - 8) * (1 - (value - low) / room)

    step = (_SPARK_WIDTH - 8) / (len(values) - 1)
    points = [(3 + i * step, y(value)) for i, value in enumerate(values) if value is not None]
    line = " ".join(f"{x:.1f},{at:.1f}" for x, at in points)
    floor = f"{points[0][0]:.1f},{_SPARK_HEIGHT} {line} {points[-1][0]:.1f},{_SPARK_HEIGHT}"
    target = (
        "" if goal is None else f'<line class="spg" x1="0" x2="{_SPARK_WIDTH}" y1="{y(goal):.1f}" y2="{y(goal):.1f}"/>'
    )
    return _join(
        [
            f'<svg class="g" viewBox="0 0 {_SPARK_WIDTH} {_SPARK_HEIGHT}" aria-hidden="true">{target}',
            f'<polygon class="spa" points="{floor}"/><polyline class="sp" points="{line}"/>',
            f'<circle class="spd" cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="3"/></svg>',
        ]
    )


@dataclass(frozen=True, slots=True)
class Lines:
    """Two lines over the same marks with a target, in hours; None leaves a gap."""

    marks: Sequence[Mark]
    main: Sequence[float | None]
    slow: Sequence[float | None]
    goal: float
    goal_text: str
    title: str


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a value of the n-th mark lies on the picture of a line chart."""

    width: int
    height: int
    count: int
    highest: float

    left: ClassVar[int] = 46
    right: ClassVar[int] = 12
    top: ClassVar[int] = 12
    bottom: ClassVar[int] = 26

    @property
    def step(self) -> float:
        """Return the room between two marks."""
        return (self.width - self.left - self.right) / max(1, self.count - 1)

    @property
    def tall(self) -> int:
        """Return the height of the plane without its margins."""
        return self.height - self.top - self.bottom

    def x(self, at: int) -> float:
        """Return where the n-th mark lies."""
        return self.left + at * self.step

    def y(self, value: float) -> float:
        """Return where a value lies."""
        return self.top + self.tall * (1 - value / self.highest)

    def line(self, values: Sequence[float | None]) -> str:
        """Return points; days without answers (weekends) are bridged, never drawn as 0."""
        return " ".join(f"{self.x(i):.1f},{self.y(v):.1f}" for i, v in enumerate(values) if v is not None)

    def level(self, value: float, style: str) -> str:
        """Return a horizontal line."""
        ends = f'x1="{self.left}" x2="{self.width - self.right}"'
        return f'<line class="{style}" {ends} y1="{self.y(value):.1f}" y2="{self.y(value):.1f}"/>'


def lines(data: Lines, width: int = 760, height: int = 340) -> Markup:
    """Return a line chart with its target line; slow values past the target get a ring."""
    known = [value for value in (*data.main, *data.slow) if value is not None]
    plane = _Plane(width, height, len(data.marks), top_of([*known, data.goal * 1.2], 1))
    parts = [f'<svg class="ch-svg wide" viewBox="0 0 {width} {height}" role="group" aria-label="{escape(data.title)}">']
    steps = steps_of(plane.highest)
    for n in range(steps + 1):
        value = plane.highest * n / steps
        text = f"{value:g}".replace(".", ",")
        parts.append(plane.level(value, "grid"))
        parts.append(f'<text x="{plane.left - 8}" y="{plane.y(value) + 4:.1f}" text-anchor="end">{text} h</text>')
    parts.append(plane.level(data.goal, "goal"))
    where = f'x="{plane.left + 8}" y="{plane.y(data.goal) - 6:.1f}"'
    parts.append(f'<text class="badt" {where}>{escape(data.goal_text)}</text>')
    found = [i for i, value in enumerate(data.main) if value is not None]
    if found:
        floor = plane.y(0)
        ends = f"{plane.x(found[0]):.1f},{floor:.1f} {plane.line(data.main)} {plane.x(found[-1]):.1f},{floor:.1f}"
        parts.append(f'<polygon class="ar1" points="{ends}"/><polyline class="ln2" points="{plane.line(data.slow)}"/>')
        parts.append(f'<polyline class="ln1" points="{plane.line(data.main)}"/>')
    parts += [
        f'<circle class="pt badp" cx="{plane.x(i):.1f}" cy="{plane.y(value):.1f}" r="4"/>'
        for i, value in enumerate(data.slow)
        if value is not None and value > data.goal
    ]
    return _join([*parts, *_axis(data.marks, plane), "</svg>"])


def _axis(marks: Sequence[Mark], plane: _Plane) -> list[str]:
    """Return the labels under the axis, about six of them, and an invisible link over each mark."""
    every = max(1, len(marks) // 6)
    parts = []
    for i, mark in enumerate(marks):
        last = i == len(marks) - 1
        if last or (i % every == 0 and i < len(marks) - 1 - (every / 2 if every > 1 else 0)):
            anchor = "end" if last else "middle"
            where = f'x="{plane.x(i):.1f}" y="{plane.height - 6}" text-anchor="{anchor}"'
            parts.append(f"<text {where}>{escape(mark.label)}</text>")
        box = f'x="{plane.x(i) - plane.step / 2:.1f}" y="{plane.top}" width="{plane.step:.1f}" height="{plane.tall}"'
        parts.append(_link(mark, f'<rect class="hit" {box}/>'))
    return parts


def stacked(marks: Sequence[Mark], columns: Sequence[Sequence[tuple[str, int]]], title: str) -> Markup:
    """Return stacked columns; each column is (style class, count) from bottom to top."""
    width, height, left, right, top, bottom = 380, 200, 34, 4, 8, 24
    highest = top_of([sum(count for _, count in column) for column in columns])
    bar = (width - left - right) / max(1, len(columns))

    def y(value: float) -> float:
        return top + (height - top - bottom) * (1 - value / highest)

    parts = [f'<svg class="ch-svg" viewBox="0 0 {width} {height}" role="group" aria-label="{escape(title)}">']
    steps = steps_of(highest)
    for n in range(steps + 1):
        value = highest * n / steps
        parts.append(f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for i, (mark, column) in enumerate(zip(marks, columns, strict=True)):
        base, x = 0, left + i * bar + bar * 0.18
        for style, count in column:
            tall = y(base) - y(base + count)
            parts.append(
                f'<rect class="f-{escape(style)}" x="{x:.1f}" y="{y(base + count):.1f}" width="{bar * 0.64:.1f}" '
                f'height="{max(tall - 1.2, 0):.1f}" rx="1.5"/>'
            )
            base += count
        shape = (
            f'<rect class="hit" x="{left + i * bar:.1f}" y="{top}" width="{bar:.1f}" height="{height - top - bottom}"/>'
        )
        parts.append(
            f'<text x="{x + bar * 0.32:.1f}" y="{height - 6}" text-anchor="middle">{escape(mark.label)}</text>'
        )
        parts.append(_link(mark, shape))
    return _join([*parts, "</svg>"])


def spread(rows: Sequence[tuple[Mark, int, str]], title: str) -> Markup:
    """Return horizontal bars: (mark, count, style class), with each share of the whole."""
    width, gap = 380, 51
    whole = sum(count for _, count, _ in rows) or 1
    most = max(count for _, count, _ in rows) or 1
    parts = [f'<svg class="ch-svg" viewBox="0 0 {width} {gap * len(rows)}" role="group" aria-label="{escape(title)}">']
    for i, (mark, count, style) in enumerate(rows):
        at = 6 + i * gap
        long = max(width * count / most * 0.92, 8 if count else 0)
        parts.append(
            f'<text class="em" x="0" y="{at + 10}">{escape(mark.label)}</text>'
            f'<text x="{width}" y="{at + 10}" text-anchor="end">{count} · {round(100 * count / whole)} %</text>'
            f'<rect class="f-track" x="0" y="{at + 18}" width="{width}" height="12" rx="6"/>'
            f'<rect class="{escape(style)}" x="0" y="{at + 18}" width="{long:.1f}" height="12" rx="6"/>'
        )
        parts.append(_link(mark, f'<rect class="hit" x="0" y="{at - 4}" width="{width}" height="{gap - 6}"/>'))
    return _join([*parts, "</svg>"])


def heat(rows: Sequence[Sequence[tuple[Mark, int]]], first_hour: int, title: str) -> Markup:
    """Return a grid of days by hours, darker where more came in; cells with something are links.

    They are no stops of the tab key, which a hundred of them would wear out: the table beside it has them all.
    """
    width, height, left, top = 380, 224, 26, 4
    hours = max((len(row) for row in rows), default=1)
    cell_w, cell_h = (width - left) / hours, (height - top - 22) / max(1, len(rows))
    most = max((value for row in rows for _, value in row), default=0) or 1
    parts = [f'<svg class="ch-svg" viewBox="0 0 {width} {height}" role="group" aria-label="{escape(title)}">']
    for r, row in enumerate(rows):
        middle = top + r * cell_h + cell_h / 2 + 4
        parts.append(f'<text x="{left - 8}" y="{middle:.1f}" text-anchor="end">{escape(row[0][0].label)}</text>')
        for c, (mark, value) in enumerate(row):
            shade = 0 if not value else min(5, 1 + int(4.999 * value / most))
            cell = (
                f'<rect class="h{shade}" x="{left + c * cell_w + 1:.1f}" y="{top + r * cell_h + 1:.1f}" '
                f'width="{cell_w - 2:.1f}" height="{cell_h - 2:.1f}" rx="3"/>'
            )
            parts.append(_link(mark, cell, ' tabindex="-1"') if mark.href else cell)
    parts += [
        f'<text x="{left + (c + 0.5) * cell_w:.1f}" y="{height - 5}" text-anchor="middle">{first_hour + c}</text>'
        for c in range(0, hours, 2)
    ]
    return _join([*parts, "</svg>"])


def bullet(value: float, goal: float, style: str) -> Markup:
    """Return a bar up to 100 percent with the target as a line; it begins at 80, below for lower targets."""
    width, low = 150, 80 if goal >= 85 else 0
    long = width * max(0.0, min(1.0, (value - low) / (100 - low)))
    at = width * (goal - low) / (100 - low)
    return _join(
        [
            f'<svg class="ch-svg bullet" viewBox="0 0 {width} 12" aria-hidden="true">',
            f'<rect class="f-track" width="{width}" height="8" y="2" rx="4"/>',
            f'<rect class="{escape(style)}" width="{long:.1f}" height="8" y="2" rx="4"/>',
            f'<line class="goal" x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="12"/></svg>',
        ]
    )


def calibration(points: Sequence[tuple[float, float, int]]) -> Markup:
    """Return how sure answers were (across) against how often they were right (up), the ideal as a diagonal.

    `points` are (mean confidence, share of right ones, count); more cases, larger dots.
    """
    size, left, top = 220, 34, 8
    whole = max((count for _, _, count in points), default=1)
    title = "Wie sicher Vorschläge waren und wie oft sie stimmten"
    box = f"0 0 {size + left + 12} {size + top + 34}"
    parts = [f'<svg class="ch-svg calib" viewBox="{box}" role="img" aria-label="{title}">']
    for step in range(6):
        share = step / 5
        x, y = left + size * share, top + size * (1 - share)
        parts.append(
            f'<line class="grid" x1="{left}" x2="{left + size}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{round(share * 100)}</text>'
            f'<text x="{x:.1f}" y="{top + size + 16}" text-anchor="middle">{round(share * 100)}</text>'
        )
    parts.append(f'<line class="goal g" x1="{left}" y1="{top + size}" x2="{left + size}" y2="{top}"/>')
    dots = [(left + size * sure, top + size * (1 - right), count) for sure, right, count in points]
    if len(dots) > 1:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in dots)
        parts.append(f'<polyline class="ln1" points="{line}"/>')
    for (x, y, count), (sure, right, _) in zip(dots, points, strict=True):
        said = f"{round(sure * 100)} % sicher, {round(right * 100)} % richtig, {count} Fälle"
        parts.append(
            f'<circle class="pt" cx="{x:.1f}" cy="{y:.1f}" r="{3 + 5 * (count / whole) ** 0.5:.1f}">'
            f"<title>{said}</title></circle>"
        )
    parts.append(f'<text x="{left + size / 2}" y="{top + size + 31}" text-anchor="middle">Sicherheit in %</text>')
    return _join([*parts, "</svg>"])
