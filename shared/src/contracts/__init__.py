"""The application's own boundary types: events, activities and the inputs and results of sagas; no behaviour."""
