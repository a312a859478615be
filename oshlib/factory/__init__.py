"""How many reports are made fast: one warm process, a fork of it for each report, and a record of what is done."""
