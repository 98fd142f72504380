"""Builds every image without a container engine, runs each until it is healthy, then the whole system: `make images`.

1. What is built and run is what `docker-compose.yml` says; nothing of it is said a second time here.
2. The base is a stand-in made from Debian's packages, as images of registries may be out of reach. The rest is real.
3. A container is a process in an image's file system, read-only, as the image's user, with a network of its own.
4. Whatever is made lies in one folder, and is gone at the end.
"""
