"""Check what this package needs of an OpenWhisk, and say what to change; or, once it is installed, whether it works.

    scripts/doctor.py [--installed]

APIHOST and AUTH, or .wskprops, say where (scripts/target.py). Reads only; with --installed the deployed classifier has
to answer one picture instead. Exit status: 0 all well, 1 something to change.
"""

import argparse
import os
import ssl
import sys
from typing import Any

import httpx

import checks
import target
from manifest import MANIFEST, PACKAGE, package_name

CLASSIFY = "classify"  # the route of the manifest that takes pictures
SECONDS = 75  # the controller answers within 60 (whisk.controller.activation.max-wait-for-blocking-activation)
MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def ask(method: str, url: str, verify: bool = True, **options: Any) -> checks.Answer:
    """One request; a certificate that is not valid is noted, not refused."""
    try:
        response = httpx.request(method, url, timeout=SECONDS, verify=verify, **options)
    except httpx.ConnectError as error:
        if verify and is_certificate_error(error):
            return ask(method, url, verify=False, **options)
        return checks.Answer(failure=str(error))
    except httpx.HTTPError as error:
        return checks.Answer(failure=str(error) or type(error).__name__)
    content_type = response.headers.get("content-type", "")
    return checks.Answer(response.status_code, content_type, parsed(response), verified=verify)


def is_certificate_error(error: BaseException | None) -> bool:
    """Whether a certificate that is not valid is at the bottom of ``error``."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def parsed(response: httpx.Response) -> Any:
    """The JSON of ``response``, or None if it is none."""
    try:
        return response.json()
    except ValueError:
        return None


def answers(here: target.Target) -> dict[str, checks.Answer]:
    """Everything the checks look at."""
    info = ask("GET", here.url)
    if info.failure:
        return {"info": info}
    user = (here.uuid, here.key)
    return {
        "info": info,
        "namespaces": ask("GET", f"{here.url}/api/v1/namespaces", auth=user),
        "limits": ask("GET", f"{here.api}/limits", auth=user),
        "routes": routes(here),
    }


def routes(here: target.Target) -> checks.Answer:
    """The routes of the API gateway, asked for as wsk and wskdeploy do."""
    token = here.extra.get("APIGW_ACCESS_TOKEN", "DUMMY TOKEN")
    return ask(
        "GET",
        f"{here.url}/api/v1/web/whisk.system/apimgmt/getApi.http",
        params={"accesstoken": token, "spaceguid": here.tenant},
        auth=(here.uuid, here.key),
    )


def classification(url: str) -> checks.Answer:
    """What ``url`` answers to the sample picture of the manifest."""
    sample = PACKAGE["actions"]["decode"]["annotations"]["sampleInput"]
    return ask("POST", url, json={"image": sample["image"]})


def installed(here: target.Target) -> checks.Finding:
    """Whether the deployed classifier of the environment answers."""
    url = checks.url(f"/{package_name(os.environ.get('ENVIRONMENT', ''))}/{CLASSIFY}", routes(here))
    return checks.installed(url, classification(url) if url else checks.Answer())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--installed", action="store_true", help="have the deployed classifier answer a picture")
    options = parser.parse_args()
    try:
        here = target.find(os.environ)
    except target.Unusable as missing:
        sys.exit(f"doctor: {missing}")
    found = (
        [installed(here)] if options.installed else list(checks.examine(here, checks.needs(MANIFEST), answers(here)))
    )
    for finding in found:
        print(f"{MARKS[finding.state]}  {finding.subject}: {finding.text}")
        if finding.remedy:
            print(f"         -> {finding.remedy}")
    sys.exit(any(finding.state == "problem" for finding in found))


if __name__ == "__main__":
    main()
