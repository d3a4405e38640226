"""What the modules share: the engine that talks to Google, the fleet's picture, and release bundles."""
