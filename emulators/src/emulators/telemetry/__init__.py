"""A local collector: takes what Application Insights and OTLP exporters send, and shows runs as transactions."""

from emulators.telemetry.collector import Collector
from emulators.telemetry.records import Envelope, LogRecord, Point, Span

__all__ = ["Collector", "Envelope", "LogRecord", "Point", "Span"]
