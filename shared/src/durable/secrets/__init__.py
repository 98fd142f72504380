"""Secrets by name: what handlers ask for that need a password, a key or a token.

1. A secret travels by reference. Inputs, results, events and log lines have its name; its value is fetched where it is
   used, and `Secret` writes itself out nowhere.
2. What goes wrong is told in words of our own: the text of a vendor's error may hold anything.
3. Where secrets lie is a setting of the deployment (`SECRETS_PROVIDER`), never of an input.
"""

from durable.secrets.cached import CachedSecrets, Secrets, SecretSource
from durable.secrets.secret import Secret, check_secret_name

__all__ = ["CachedSecrets", "Secret", "SecretSource", "Secrets", "check_secret_name"]
