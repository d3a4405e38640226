"""Google's discovery documents as the contract: what exists, which shape it has, and how it is validated."""
