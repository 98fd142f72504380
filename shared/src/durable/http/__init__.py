"""What the services that speak HTTP do alike: problems, bounded bodies, health routes, serving.

Needs the extra `http` of this package. Read `application` (what every service has), then `problem`.
"""
