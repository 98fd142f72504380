"""What the Service Bus endpoint serves over plain HTTP, for launchers, benchmarks and people."""
