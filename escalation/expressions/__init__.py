"""Text to a typed, dimension-checked tree, and a tree to a Python function. Imports lark only; hands up `parse`, `check`, `compile_python`."""
