"""The engine to be fast: a model as LLVM IR text. Imports `model` and what stands below it; never `language`."""
