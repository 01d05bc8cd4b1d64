"""What goes out: the graph in the formats of others, its description, and what changed between two versions."""
