"""Pictures of what the graph holds, as SVG: each with its title, its description and the table that it draws.

It imports catalogue and below; it refuses to draw what no source prints.
"""
