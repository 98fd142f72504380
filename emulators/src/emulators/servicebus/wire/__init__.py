"""The protocol of the endpoint: connections, sessions and links that join AMQP frames to the broker core."""
