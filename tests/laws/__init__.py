"""Every law of the process, on models small enough to be checked by hand."""
