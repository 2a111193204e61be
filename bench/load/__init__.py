"""make load: how a deployment bears many callers."""
