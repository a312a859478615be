"""Rates, trends and reports for occupational safety and health."""

__version__ = "0.1.0"
