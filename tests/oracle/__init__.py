"""The engine that the circuit replaced, kept to disagree with it."""
