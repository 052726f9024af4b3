"""The documents are true: what they show and state is held against the software."""
