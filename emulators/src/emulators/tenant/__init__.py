"""A tenant of Microsoft Entra ID on this machine: its OpenID configuration, its keys, and tokens that it signed."""
