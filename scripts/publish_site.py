"""Publish the site: upload it to an S3-compatible store, then fetch it from there and check it.

    make publish-site BUCKET=my-classifier API_URL=https://HOST/api/SPACE/classifier [ENDPOINT=https://s3.HOST]

Credentials and region come from where boto3 always looks: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE,
~/.aws. docs/publish-site.md has the steps for AWS S3, IBM Cloud Object Storage and MinIO.
"""

import argparse
import gzip
import json
import mimetypes
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SITE = Path(__file__).resolve().parents[1] / "site"
SOURCES_OF_CONNECTIONS = "connect-src 'self'"  # in each page's Content-Security-Policy
API_DOCUMENT = "openapi.json"
ORIGIN = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]+)?")
COMPRESSED = {"text/html", "text/css", "text/javascript", "image/svg+xml"}
A_WEEK = "public, max-age=604800"
ASK_FIRST = "no-cache"  # keep it, but ask each time whether it changed: names hold no version
DELETED_AT_ONCE = 1000  # what one DeleteObjects takes
NOT_OFFERED = {"NotImplemented", "MethodNotAllowed", "XNotImplemented", "501", "405"}


class Unpublishable(Exception):
    """Why the site cannot be published, in a sentence for the user."""


@dataclass(frozen=True)
class Target:
    """Where the site goes: ``folder`` is "" or ends with a slash; ``public_url`` always does."""

    bucket: str
    folder: str
    public_url: str


@dataclass(frozen=True)
class Upload:
    """One object as it will lie in the store; ``body`` is compressed where ``encoding`` says so."""

    key: str
    body: bytes
    content_type: str
    cache_control: str
    encoding: str | None = None

    def __str__(self) -> str:
        packed = f", {self.encoding}" if self.encoding else ""
        return f"{self.key}  {len(self.body) / 1000:.1f} kB  {self.content_type}{packed}  {self.cache_control}"


def origin_of(url: str) -> str:
    """The origin of an absolute http or https address; strict, because it becomes part of a page and of its policy."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if not ORIGIN.fullmatch(origin):
        raise Unpublishable(f"expected an address like https://HOST/api/SPACE/classifier, but got {url!r}")
    return origin


def allowing(page: str, origin: str, name: str) -> str:
    """``page`` with ``origin`` among the places that its Content-Security-Policy lets it talk to."""
    if page.count(SOURCES_OF_CONNECTIONS) != 1:
        raise Unpublishable(f"{name} should have one Content-Security-Policy with {SOURCES_OF_CONNECTIONS}")
    return page.replace(SOURCES_OF_CONNECTIONS, f"{SOURCES_OF_CONNECTIONS} {origin}")


def content_type(name: str) -> str:
    if name.endswith((".LICENSE", ".md")):
        return "text/plain"
    if name.endswith(".js"):
        return "text/javascript"  # systems disagree about it, browsers do not run anything else
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def upload_of(key: str, body: bytes) -> Upload:
    kind = content_type(key)
    cache = A_WEEK if key.startswith(("vendor/", "img/")) else ASK_FIRST
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    if kind in COMPRESSED:
        return Upload(key, gzip.compress(body, mtime=0), kind + charset, cache, "gzip")
    return Upload(key, body, kind + charset, cache)


def configuration(api_url: str, source_url: str | None = None) -> str:
    """The content of config.json."""
    return json.dumps({"apiUrl": api_url.rstrip("/"), **({"sourceUrl": source_url} if source_url else {})})


def at(api_url: str, document: bytes) -> bytes:
    """The OpenAPI ``document`` with ``api_url`` as its only server."""
    return json.dumps({**json.loads(document), "servers": [{"url": api_url.rstrip("/")}]}).encode()


def uploads(site: Path, api_url: str, config: str) -> list[Upload]:
    """Everything to upload: the pages last, so that no visitor gets a page whose parts are not there yet."""
    origin = origin_of(api_url)
    files = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*")) if path.is_file()}
    pages = {name: path for name, path in files.items() if name.endswith(".html")}
    contents = {name: path.read_bytes() for name, path in files.items() if name not in pages}
    if API_DOCUMENT in contents:
        contents[API_DOCUMENT] = at(api_url, contents[API_DOCUMENT])
    allowed = {name: allowing(path.read_text("utf-8"), origin, name) for name, path in pages.items()}
    return [
        *(upload_of(name, content) for name, content in contents.items()),
        upload_of("config.json", config.encode()),
        *(upload_of(name, page.encode()) for name, page in allowed.items()),
    ]


def put(s3: "S3Client", target: Target, upload: Upload) -> None:
    encoding = {"ContentEncoding": upload.encoding} if upload.encoding else {}
    s3.put_object(
        Bucket=target.bucket,
        Key=target.folder + upload.key,
        Body=upload.body,
        ContentType=upload.content_type,
        CacheControl=upload.cache_control,
        **encoding,  # type: ignore[arg-type]
    )


def gone(s3: "S3Client", target: Target, kept: list[Upload]) -> list[str]:
    """The keys in the target's folder that the site no longer has."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=target.bucket, Prefix=target.folder)
    there = [stored["Key"] for page in pages for stored in page.get("Contents", [])]
    return sorted(set(there) - {target.folder + upload.key for upload in kept})


def delete(s3: "S3Client", bucket: str, keys: list[str]) -> None:
    for start in range(0, len(keys), DELETED_AT_ONCE):
        part = keys[start : start + DELETED_AT_ONCE]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in part]})
        if failed := answer.get("Errors"):
            raise Unpublishable(f"{failed[0].get('Key')} could not be removed: {failed[0].get('Message')}")


def where_offered(change: Callable[[], object], what: str) -> str:
    """Do ``change``; some stores do not have the feature, and then the site works without it."""
    try:
        change()
    except ClientError as error:
        if error.response["Error"]["Code"] not in NOT_OFFERED:
            raise
        return f"{what}: not offered by this store"
    return f"{what}: set"


def configure_website(s3: "S3Client", target: Target) -> str:
    """Name the index document of a bucket that is the site's own; stores take such a configuration only as a whole."""
    if target.folder:
        return "index document: left as it is, for the bucket holds more than this site"
    configuration = {"IndexDocument": {"Suffix": "index.html"}}
    return where_offered(
        lambda: s3.put_bucket_website(Bucket=target.bucket, WebsiteConfiguration=configuration),  # type: ignore[arg-type]
        "index document",
    )


def allow_reading(s3: "S3Client", target: Target) -> str:
    """Let everybody read the site's objects, and nothing else."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{target.bucket}/{target.folder}*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return where_offered(lambda: s3.put_bucket_policy(Bucket=target.bucket, Policy=policy), "public reading")


def complaints(target: Target, api_url: str, config: str) -> Iterator[str]:
    """Fetch what was published, as a browser would, and say what is wrong with it."""
    with httpx.Client(base_url=target.public_url, timeout=30, follow_redirects=True) as browser:
        for name, kind in [("index.html", "text/html"), ("js/upload/upload.js", "text/javascript")]:
            answer = browser.get(name)
            if not answer.is_success:
                advice = "is the bucket public? The option --public makes it so."
                yield f"{answer.url} answers {answer.status_code}: {advice}"
            elif not answer.headers.get("content-type", "").startswith(kind):
                yield f"{answer.url} comes as {answer.headers.get('content-type')}, expected {kind}"
            elif name == "index.html" and f"{SOURCES_OF_CONNECTIONS} {origin_of(api_url)}" not in answer.text:
                yield f"{answer.url} is another page, or an older one"
        answer = browser.get("config.json")
        if not answer.is_success:
            yield f"{answer.url} answers {answer.status_code}, but the page learns from it where the API is"
        elif answer.text != config:
            yield f"{answer.url} is not what was uploaded, which names the API: {answer.text[:200]}"


def cross_origin_note(target: Target, api_url: str) -> str:
    """Whether the API lets the published page call it: asked as browsers ask."""
    headers = {
        "Origin": origin_of(target.public_url),
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    try:
        answer = httpx.options(f"{api_url.rstrip('/')}/classify", headers=headers, timeout=30)
    except httpx.HTTPError as error:
        return f"the API does not answer from here: {error}"
    allowed = answer.headers.get("access-control-allow-origin")
    if answer.is_success and allowed in ("*", headers["Origin"]):
        return "the API accepts calls from the page"
    return f"the API does not accept calls from the page (preflight: HTTP {answer.status_code}, allows {allowed})"


def connect(options: argparse.Namespace) -> "S3Client":
    """A client that also suits stores which know neither AWS's newer checksums nor bucket names in host names."""
    config = Config(
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if options.endpoint else "auto"},
        connect_timeout=10,
    )
    region = {"region_name": options.region} if options.region else {}
    return boto3.client("s3", endpoint_url=options.endpoint, config=config, **region)


def target_of(options: argparse.Namespace, region: str) -> Target:
    folder = f"{options.folder.strip('/')}/" if options.folder.strip("/") else ""
    host = f"https://{options.bucket}.s3.{region}.amazonaws.com"
    base = f"{options.endpoint.rstrip('/')}/{options.bucket}" if options.endpoint else host
    return Target(options.bucket, folder, f"{(options.public_url or f'{base}/{folder}').rstrip('/')}/")


def publish(options: argparse.Namespace) -> None:
    if not options.bucket:
        raise Unpublishable("no bucket is named; expected make publish-site BUCKET=name API_URL=https://…")
    s3 = connect(options)
    target = target_of(options, s3.meta.region_name)
    config = configuration(options.api_url, options.source_url)
    planned = uploads(options.site, options.api_url, config)
    removed = gone(s3, target, planned) if options.delete else []
    if options.dry_run:
        print(*planned, *(f"{key}  would be removed" for key in removed), sep="\n")
        return
    for upload in tqdm(planned, desc=f"to {target.bucket}", unit="file", disable=None):
        put(s3, target, upload)
    delete(s3, target.bucket, removed)
    print(f"{len(planned)} files uploaded, {len(removed)} removed")
    print(configure_website(s3, target))
    if options.public:
        print(allow_reading(s3, target))
    if wrong := list(complaints(target, options.api_url, config)):
        raise Unpublishable("\n".join(wrong))
    print(cross_origin_note(target, options.api_url))
    print(f"published: {target.public_url}index.html")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--api-url", required=True, help="https://HOST/api/SPACE/classifier")
    parser.add_argument("--source-url", help="https://… of the source code, to which the page then links")
    parser.add_argument("--endpoint", help="of the store, where it is not AWS")
    parser.add_argument("--region", help="of the bucket, where the environment does not say it")
    parser.add_argument("--folder", default="", help="publish into a folder of the bucket")
    parser.add_argument("--public-url", help="where the site is read, where that is not the bucket's own address")
    parser.add_argument("--public", action="store_true", help="let everybody read it (a bucket policy)")
    parser.add_argument("--delete", action="store_true", help="remove what the site no longer has")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    parser.add_argument("--site", type=Path, default=SITE, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main() -> None:
    try:
        publish(parse(sys.argv[1:]))
    except (Unpublishable, ClientError, BotoCoreError, httpx.HTTPError) as error:
        sys.exit(f"publish-site: {error}")


if __name__ == "__main__":
    main()
