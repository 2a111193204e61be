"""What a long run says while it works."""


def say(text: str) -> None:
    print(f"bench: {text}", flush=True)
