"""A patient: the file and its flags, words resolved to facts, prior treatments and their courses.

It imports catalogue and below; it refuses to know an option, and to guess what is not stated.
"""
