"""Language worker: what texts say, as vectors, and what a language model makes of them."""
