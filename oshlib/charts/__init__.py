"""Tables to plotly figures. Charts compute nothing and read nothing; each carries a text made from its numbers."""

from oshlib.charts.association import combined_chart, kinds_chart
from oshlib.charts.benchmark import benchmark_chart, place_chart
from oshlib.charts.evaluation import group_chart, selection_chart
from oshlib.charts.funnel import funnel_chart
from oshlib.charts.goals import goal_chart
from oshlib.charts.lines import line_chart
from oshlib.charts.profile import profile_chart
from oshlib.charts.style import PALETTE, SERIES
from oshlib.charts.trend import hours_chart, rate_text, trend_chart

__all__ = [
    "PALETTE", "SERIES", "benchmark_chart", "combined_chart", "funnel_chart", "goal_chart", "group_chart",
    "hours_chart", "kinds_chart", "line_chart", "place_chart", "profile_chart", "rate_text", "selection_chart",
    "trend_chart",
]  # fmt: skip
