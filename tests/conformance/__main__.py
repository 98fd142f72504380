"""Write the pages of documentation anew: `python -m tests.conformance`."""

from tests.conformance.page import page_of, path_of
from tests.conformance.services import SERVICES

for service in SERVICES:
    path_of(service).write_text(page_of(service))
