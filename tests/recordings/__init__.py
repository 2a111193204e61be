"""What a real OpenWhisk answered, asked of localwhisk again: see test_recordings.py."""
