"""The live page of the endpoint: what a browser gets at `/`, and the JSON that it asks for."""
