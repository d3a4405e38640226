"""Building, trying and pushing an image with the docker command of the build host."""
