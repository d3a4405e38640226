"""From what the store says about load balancing to a running Envoy."""
