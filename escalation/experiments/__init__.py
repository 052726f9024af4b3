"""Which points to run, how many, when to stop, where; storing and resuming. Imports every room below it."""
