"""The HTTP worker: one durable call of a web service, whether it answers at once or by and by."""
