"""The rules: what each API method does to the store. No HTTP, no processes, no time but `Call.now`."""
