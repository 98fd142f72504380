"""What the capabilities of the storage worker are made of: at Azure, or embedded in this process."""
