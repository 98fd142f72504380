"""The ingestor: HTTP in, checked CloudEvents out to topic `events`, files to the object store."""
