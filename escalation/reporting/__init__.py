"""Words, decimals, colours and the order on a page. Computes nothing; imports the tables that stand below it."""
