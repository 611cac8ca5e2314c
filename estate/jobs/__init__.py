"""Long work in steps, each its own transaction; and the lease that makes one process the worker."""
