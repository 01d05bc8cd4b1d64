"""The version of the package and of the graph that travels with it."""

__version__ = "0.2.0"
