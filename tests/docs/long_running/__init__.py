"""Long-running activities, as the how-to shows them: contracts, a saga, a worker."""
