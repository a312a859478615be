"""What the notebooks call, one module a notebook: load, study, show, and record the headline."""
