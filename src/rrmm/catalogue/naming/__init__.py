"""What people write for a thing, and what it means: the words of patient files, flags, tables and questions.

The words are data (``data/names/``). Code here knows how text varies, never what a word means, and never guesses:
a slip of spelling or an ambiguous name is answered with what it could be.
"""
