"""What the page on operating instances shows, run by the tests."""
