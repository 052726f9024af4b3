"""Text to a typed, dimension-checked tree, and a tree to a Python function or back to the author's words.

Imports lark only. Hands up `check.read`, `check.read_chance`, `check.chain`, `scope.Scope`, `python.python_ast`,
`python.compile_functions` and `text.write`.
"""
