"""A strict, small, honest Compute Engine for one machine.

Import order, one way: settings, clock, errors <- discovery, store <- resources, runtimes, dataplane
<- controllers | api <- __main__. A test holds it.
"""
