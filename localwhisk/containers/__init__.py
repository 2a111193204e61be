"""Containers: what answers /init and /run, its logs, and the pool that keeps it warm."""
