"""What makes the stored wishes true, over time: reconcilers by key, a prober, and what runs them."""
