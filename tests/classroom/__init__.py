"""A class at work, on scenarios small enough to be checked by hand and on those that are shipped."""
