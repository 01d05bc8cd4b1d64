"""The command line: ``main`` and one module a command.

It may import every package, late; it refuses to compute anything itself.
"""
