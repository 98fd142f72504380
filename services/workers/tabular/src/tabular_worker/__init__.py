"""The tabular worker: writes JSON lines as Parquet tables, reads them back, removes them."""
