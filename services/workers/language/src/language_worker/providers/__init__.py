"""Who does the work: for each capability a provider that asks Azure, and an embedded one that needs nothing."""
