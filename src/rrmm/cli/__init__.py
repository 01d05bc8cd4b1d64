"""The command line: ``main``, and one module a command.

It imports every package, late; it refuses to compute anything itself.
"""
