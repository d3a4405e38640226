"""The engine under every own module: describe a resource, plan purely, act once.

Imports run one way: errors, resource, names <- plan <- client, operations <- run.
"""
