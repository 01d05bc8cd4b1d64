"""A patient: the file and its flags, words resolved to facts, prior treatments and what they show.

It imports catalogue and below; it refuses to know an option, and to guess what is not stated.
"""
