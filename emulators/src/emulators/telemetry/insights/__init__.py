"""Ingestion as Application Insights has it: `POST /v2.1/track` and what else its SDKs ask for."""
