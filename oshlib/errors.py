"""The one error that people are meant to read."""

from __future__ import annotations


class OshError(Exception):
    """Something the user can mend: the message says what was found, where, and what was expected."""

    def _render_traceback_(self) -> list[str]:
        """Let Jupyter print the sentence alone: the stack is ours, the mistake is in the input."""
        return [f"{type(self).__name__}: {self}"]
