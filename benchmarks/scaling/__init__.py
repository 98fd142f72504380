"""How json-to-parquet and the reading of invoices scale: worker replicas, fan-out and rate, on the local stack."""
