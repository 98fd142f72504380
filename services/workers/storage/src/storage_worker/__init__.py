"""Storage worker: objects and table entities, by way of stores that the deployment names."""
