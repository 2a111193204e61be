"""make publish-site, against a real S3-compatible server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import publish_site
from tests.s3_store import Store, s3_store

API_URL = "https://api.example/api/guest/classifier"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if not shutil.which("go"):
        pytest.skip("no Go found, which builds the S3 server; https://go.dev/doc/install")
    with s3_store(tmp_path_factory.mktemp("s3")) as store:
        yield store


@pytest.fixture
def store(server: Store) -> Store:
    """The server with its bucket empty and private."""
    s3 = server.client()
    for found in s3.list_objects_v2(Bucket=server.bucket).get("Contents", []):
        s3.delete_object(Bucket=server.bucket, Key=found["Key"])
    s3.delete_bucket_policy(Bucket=server.bucket)
    return server


def keys(store: Store) -> set[str]:
    return {found["Key"] for found in store.client().list_objects_v2(Bucket=store.bucket).get("Contents", [])}


def test_the_page_is_published_with_its_types_caching_and_the_way_to_the_api(store: Store) -> None:
    done = store.publish(API_URL, "--public")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"published: {store.public_url}index.html\n")

    page = httpx.get(f"{store.public_url}index.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["cache-control"] == "no-cache"
    assert "connect-src 'self' https://api.example;" in page.text

    script = httpx.get(f"{store.public_url}js/upload/upload.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    style = httpx.get(f"{store.public_url}vendor/bootstrap.min.css")
    assert style.headers["cache-control"] == "public, max-age=604800"
    assert httpx.get(f"{store.public_url}config.json").json() == {"apiUrl": API_URL}
    assert httpx.get(f"{store.public_url}openapi.json").json()["servers"] == [{"url": API_URL}]
    # The licences of what is published travel with it.
    assert httpx.get(f"{store.public_url}vendor/bootstrap.LICENSE").headers["content-type"].startswith("text/plain")


def test_only_objects_become_public_not_the_list_of_them(store: Store) -> None:
    assert store.publish(API_URL, "--public").returncode == 0
    assert httpx.get(store.public_url.rstrip("/")).status_code == 403


def test_the_page_can_be_told_where_its_source_is(store: Store) -> None:
    source = "https://code.example/classifier"
    assert store.publish(API_URL, "--public", "--source-url", source).returncode == 0
    config = httpx.get(f"{store.public_url}config.json").json()
    assert config == {"apiUrl": API_URL, "sourceUrl": source}


def test_a_bucket_that_nobody_may_read_is_noticed(store: Store) -> None:
    done = store.publish(API_URL)
    assert done.returncode != 0
    assert "index.html answers 403: is the bucket public? The option --public makes it so." in done.stderr


def test_a_configuration_that_the_page_cannot_use_is_noticed(store: Store) -> None:
    """As behind a server that answers every unknown path with its front page, or with nothing."""
    assert store.publish(API_URL, "--public").returncode == 0
    target = publish_site.Target(store.bucket, "", store.public_url)
    config = publish_site.configuration(API_URL)
    assert list(publish_site.complaints(target, API_URL, config)) == []
    store.client().put_object(Bucket=store.bucket, Key="config.json", Body=b"<!doctype html>")
    [complaint] = publish_site.complaints(target, API_URL, config)
    assert complaint.endswith("config.json is not what was uploaded, which names the API: <!doctype html>")
    store.client().delete_object(Bucket=store.bucket, Key="config.json")
    [complaint] = publish_site.complaints(target, API_URL, config)
    assert complaint.endswith("but the page learns from it where the API is")


def test_a_dry_run_says_everything_and_does_nothing(store: Store) -> None:
    store.client().put_object(Bucket=store.bucket, Key="old.html", Body=b"old")
    done = store.publish(API_URL, "--dry-run", "--delete")
    assert done.returncode == 0, done.stderr
    assert "index.html" in done.stdout
    assert "old.html  would be removed" in done.stdout
    assert keys(store) == {"old.html"}


def test_what_the_site_no_longer_has_is_removed_in_its_folder_only(store: Store) -> None:
    s3 = store.client()
    s3.put_object(Bucket=store.bucket, Key="site/js/old.js", Body=b"old")
    s3.put_object(Bucket=store.bucket, Key="diary.txt", Body=b"not ours")
    done = store.publish(API_URL, "--public", "--delete", "--folder", "site")
    assert done.returncode == 0, done.stderr
    assert "site/index.html" in keys(store)
    assert "site/js/old.js" not in keys(store)
    assert "diary.txt" in keys(store)


def test_only_a_bucket_of_its_own_gets_another_index_document(store: Store) -> None:
    s3 = store.client()

    def index_document() -> str:
        return s3.get_bucket_website(Bucket=store.bucket)["IndexDocument"]["Suffix"]

    s3.put_bucket_website(Bucket=store.bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "home.html"}})
    shared = store.publish(API_URL, "--public", "--folder", "site")
    assert shared.returncode == 0, shared.stderr
    assert index_document() == "home.html"
    assert "index document: left as it is" in shared.stdout
    own = store.publish(API_URL, "--public")
    assert own.returncode == 0, own.stderr
    assert index_document() == "index.html"
    assert "index document: set" in own.stdout


def test_publishing_again_changes_nothing(store: Store) -> None:
    def entity_tags() -> dict[str, str]:
        return {one["Key"]: one["ETag"] for one in store.client().list_objects_v2(Bucket=store.bucket)["Contents"]}

    assert store.publish(API_URL, "--public").returncode == 0
    before = entity_tags()
    assert store.publish(API_URL, "--public").returncode == 0
    assert entity_tags() == before


@pytest.mark.parametrize(
    ("api_url", "options", "words"),
    [
        (
            "api.example/api",
            [],
            "expected an address like https://HOST/api/SPACE/classifier, but got 'api.example/api'",
        ),
        ("https://x;img-src */api", [], "but got 'https://x;img-src */api'"),
        ("https://user:secret@api.example/api", [], "but got"),
        (API_URL, ["--bucket", ""], "no bucket is named; expected make publish-site BUCKET=name"),
        (API_URL, ["--bucket", "no-such-bucket"], "NoSuchBucket"),
        (API_URL, ["--endpoint", "http://127.0.0.1:9"], "127.0.0.1:9"),
    ],
    ids=[
        "relative API address",
        "an address with a policy in it",
        "an address with a password",
        "no bucket",
        "no such bucket",
        "no such store",
    ],
)
def test_mistakes_are_named_without_a_traceback(store: Store, api_url: str, options: list[str], words: str) -> None:
    done = store.publish(api_url, *options)
    assert done.returncode == 1
    assert done.stderr.count("publish-site: ") == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_without_a_policy_is_not_published(store: Store, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>no policy</title>")
    done = store.publish(API_URL, "--site", str(tmp_path))
    assert "index.html should have one Content-Security-Policy" in done.stderr
    assert keys(store) == set()
