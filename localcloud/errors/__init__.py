"""The catalogue of every error of the local cloud, by who is told: its operator, an API's client, Docker's."""
