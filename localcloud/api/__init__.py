"""HTTP: the door, Google's APIs behind it, the token endpoint, metadata servers and the admin port."""
