"""Where events come from besides HTTP: a storage queue, an event hub, a folder. Each runs when its settings are given.

Each file is a loop over a small port; `azure_…` are the vendor's side of the ports, imported only when used.
"""
