"""Tables to plotly figures. Charts compute nothing and read nothing; each carries a text made from its numbers."""

from oshlib.charts.goals import goal_chart
from oshlib.charts.style import PALETTE, SERIES
from oshlib.charts.trend import hours_chart, rate_text, trend_chart

__all__ = ["PALETTE", "SERIES", "goal_chart", "hours_chart", "rate_text", "trend_chart"]
