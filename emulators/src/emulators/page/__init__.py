"""What the live pages of both endpoints share: their static files, and who may look at them."""
