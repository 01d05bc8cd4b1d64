"""The graph as a site: static pages that need no server, a page and a Turtle document for every thing of the graph."""
