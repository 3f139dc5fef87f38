"""Tools that make, execute, check and build the book. The Makefile calls them; dlcore needs none of them."""
