"""What is read and what is calculated, brought together: one module for each kind of report."""

from oshlib.study.subject import Subject, load, resolve
from oshlib.study.trend import Study, study

__all__ = ["Study", "Subject", "load", "resolve", "study"]
