"""What ends `make images` early."""


class ImagesError(Exception):
    """Something could not be built or run; the text says what, and why."""
