"""Who converts documents: each provider in a module of its own, chosen by the settings."""
