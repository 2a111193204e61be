"""Coverage-guided fuzzing of what strangers can reach: the request parser, the JPG header, decode and the contracts."""
