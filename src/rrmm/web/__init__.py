"""What the pages of the service and of the site share: the things of the graph, what a page says of them, its dress."""
