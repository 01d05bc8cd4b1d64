"""The version of the package and of the graph that travels with it."""

__version__ = "0.1.0"
