"""Containers: what answers ``/init`` and ``/run``, its log, and the pool that keeps it warm."""
