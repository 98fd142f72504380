"""Checks what deploys the services, without a cloud, a container engine or the Bicep compiler: `make infra-check`."""
