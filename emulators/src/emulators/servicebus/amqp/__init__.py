"""AMQP 1.0 as bytes: values, performatives, frames and message sections. No sockets, no broker."""
