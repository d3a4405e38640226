"""The fleet as people see it: one picture of the group, its instances and its balancer, as values and as text."""
