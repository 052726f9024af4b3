"""Which points to run, how many, when to stop, where; storing. Imports every room below it."""
