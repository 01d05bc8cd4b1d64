"""Queries of strangers: judged, then run in processes without network, in limited memory and time."""
