"""What the services that speak HTTP do alike: problems, bounded bodies, health routes, serving.

Needs the extra `http` of this package; `problem` alone needs nothing and is shared with the client.
"""
