"""The container registry behind Artifact Registry: an OCI distribution of its own process."""
