"""A real S3-compatible server on a folder, for the tests of publishing."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from tests.serving import ROOT, answers, free_port, running
from tests.tools import installed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True)
class Store:
    """The server, and its one bucket."""

    endpoint: str
    bucket: str = "my-site"

    @property
    def public_url(self) -> str:
        return f"{self.endpoint}/{self.bucket}/"

    def client(self) -> "S3Client":
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def publish(self, api_url: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run scripts/publish_site.py as make publish-site does."""
        target = ["--bucket", self.bucket, "--endpoint", self.endpoint, "--api-url", api_url]
        command = [str(ROOT / ".venv/bin/python"), str(ROOT / "scripts/publish_site.py"), *target, *options]
        environment = {**os.environ, **CREDENTIALS}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def s3_store(folder: Path) -> Iterator[Store]:
    """An empty store with its objects in ``folder``."""
    gateway = str(installed("s3") / "versitygw")
    port, content, log = free_port(), folder / "objects", folder / "s3.log"
    content.mkdir(parents=True)
    command = [gateway, "--port", f"127.0.0.1:{port}", "--health", "/health", "posix", str(content)]
    keys = {
        "ROOT_ACCESS_KEY_ID": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "ROOT_SECRET_ACCESS_KEY": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    }
    with running(command, log, lambda: answers(f"http://127.0.0.1:{port}/health"), keys):
        store = Store(f"http://127.0.0.1:{port}")
        # As buckets are made today: owned by whoever made them, without access lists, so that a policy decides.
        store.client().create_bucket(Bucket=store.bucket, ObjectOwnership="BucketOwnerEnforced")
        yield store
