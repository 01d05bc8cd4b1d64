"""Queries of strangers: guarded, then run in processes without network, in limited memory and time."""
