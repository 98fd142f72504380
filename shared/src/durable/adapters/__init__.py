"""The adapters: the only code that speaks to Azure, to an object store or to the system's clock.

One module or package for each way a port is implemented; a composition root picks them, nothing else imports them.
"""
