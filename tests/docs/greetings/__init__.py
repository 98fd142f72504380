"""A saga of its own, as the how-to builds it: contracts, a saga, a worker."""
