"""What boots an instance: one protocol, one test suite, one module for each way."""
