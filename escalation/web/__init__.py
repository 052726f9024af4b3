"""Pages over a class: routes, forms, the stream of revisions, who may see what. Holds no rule of the game."""
