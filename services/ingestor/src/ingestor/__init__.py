"""The ingestor: HTTP, queues, hubs and folders in; checked CloudEvents out to `events`, files to the object store."""
