"""The benchmarks behind every performance claim: `make bench`."""
