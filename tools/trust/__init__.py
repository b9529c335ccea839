"""Faults, crashes and damage: what tools/torture does."""
