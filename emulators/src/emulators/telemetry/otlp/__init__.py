"""OTLP over HTTP: traces, metrics and logs, in protobuf and in JSON."""
