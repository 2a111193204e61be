#!/usr/bin/env python3
"""Deploy what changed, keep what was there before, go back to it.

    scripts/deployment.py deploy COMMAND...      runs COMMAND, which installs the package, unless it is there just so
    scripts/deployment.py undeploy COMMAND...    runs COMMAND, which removes the package, and removes the version before
    scripts/deployment.py rollback               exchanges the package and the version before
    scripts/deployment.py promote                makes the package what that of the environment FROM is
    scripts/deployment.py route                  leads the routes to the package of the environment TO

ENVIRONMENT says which package. What is deployed is known from the platform alone: an annotation of the package holds a
digest of what was deployed, and the versions that its actions got. A deployment that broke off counts as changed, and
so does an action that somebody changed by hand. The version before is a package of its own, PACKAGE-previous, which
nobody can call from the web.
"""

import hashlib
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import httpx
import yaml

import packages
import routes
import target
from manifest import PACKAGE, PREVIOUS, ROOT, TEXT, package_name, rendered
from target import Target


class Stopped(Exception):
    """Why nothing was done, and what to do."""


def digest(environment: Mapping[str, str], root: Path = ROOT) -> str:
    """What is about to be deployed: the manifest with its variables, and the zips. The same in every environment."""
    text = Template(TEXT).substitute(defaultdict(str, environment))
    [package] = yaml.safe_load(text)["packages"].values()
    zips = [root / action["function"] for action in package["actions"].values() if "function" in action]
    contents = [text.encode(), *(path.read_bytes() for path in zips)]
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()


@dataclass(frozen=True)
class Deployment:
    """The package of one environment."""

    http: httpx.Client  # of the REST API in the user's namespace
    here: Target
    package: str

    @property
    def previous(self) -> str:
        return self.package + PREVIOUS

    def digest_of(self, name: str) -> str | None:
        """What was deployed as package ``name``; None if it is not there, or not as it was left."""
        document = packages.describe(self.http, name)
        mark = packages.by_key(document["annotations"]).get(packages.MARK) if document else None
        if not mark:
            return None
        versions = {action: packages.version(self.http, name, action) for action in mark["versions"]}
        return str(mark["digest"]) if versions == mark["versions"] else None

    def mark(self, name: str, actions: Iterable[str], found: str) -> None:
        """Note that package ``name`` with these ``actions`` is what has the digest ``found``."""
        versions = {action: packages.version(self.http, name, action) for action in actions}
        if document := packages.describe(self.http, name):
            mark = {packages.MARK: {"digest": found, "versions": versions}}
            packages.annotate(self.http, document, {**packages.unmarked(document), **mark})

    def replace(self, name: str, source: packages.Package, found: str | None) -> None:
        """Make package ``name`` what ``source`` is, which has the digest ``found``; None: nobody knows."""
        packages.write(self.http, source, name, hidden=name == self.previous)
        if found:
            self.mark(name, source.actions, found)

    def keep(self) -> None:
        """Keep what is deployed as the version before, if it is whole."""
        found = self.digest_of(self.package)
        if found and (source := packages.read(self.http, self.package)):
            self.replace(self.previous, source, found)

    def deploy(self, wanted: str, install: Callable[[], object]) -> str:
        """Have ``install`` make the package, unless it is what has the digest ``wanted``."""
        if self.digest_of(self.package) == wanted:
            return f"nothing changed: {self.package} is this very version ({wanted[:12]})"
        self.keep()
        install()
        self.mark(self.package, [*PACKAGE["actions"], *PACKAGE["sequences"]], wanted)
        return f"{self.package} is a new version ({wanted[:12]})"

    def undeploy(self, remove: Callable[[], object]) -> str:
        """Have ``remove`` take the package away, unless routes of another environment lead to it."""
        if others := routes.leading_to(self.package, routes.listed(self.http, self.here)):
            raise Stopped(f"{', '.join(others)} leads to {self.package}. Lead it elsewhere first: make route")
        remove()
        packages.remove(self.http, self.previous)
        return f"{self.package} is removed, and the version before"

    def rollback(self) -> str:
        """Exchange the package and the version before."""
        kept = self.digest_of(self.previous)
        source, current = packages.read(self.http, self.previous), packages.read(self.http, self.package)
        if not kept or not source:
            raise Stopped(f"there is no version before of {self.package} on {self.here.url}")
        found = self.digest_of(self.package)
        self.replace(self.package, source, kept)
        if current:
            self.replace(self.previous, current, found)
        return f"{self.package} is the version before again ({kept[:12]}); once more takes this back"

    def promote(self, name: str) -> str:
        """Make the package what package ``name`` is, and lead its routes to it."""
        found, source = self.digest_of(name), packages.read(self.http, name)
        if not found or not source:
            raise Stopped(f"{name} is not deployed on {self.here.url}, or not as make deploy left it")
        if found != self.digest_of(self.package):
            self.keep()
            self.replace(self.package, source, found)
        self.route(self.package)
        return f"{self.package} is what {name} is ({found[:12]})"

    def route(self, name: str) -> str:
        """Lead the routes to package ``name``."""
        if packages.describe(self.http, name) is None:
            raise Stopped(f"{name} is not deployed on {self.here.url}")
        for route in routes.declared(rendered(self.package, ROOT)):
            routes.make(self.http, self.here, route.to(name))
        return f"the routes of {self.package} lead to {name}"


def run(deployment: Deployment, verb: str, command: list[str], environment: Mapping[str, str]) -> str:
    """Do what ``verb`` says. Raises ``Stopped``, ``httpx.HTTPError``, ``subprocess.CalledProcessError``."""

    def called() -> object:
        return subprocess.run(command, check=True)

    match verb:
        case "deploy":
            return deployment.deploy(digest(environment), called)
        case "undeploy":
            return deployment.undeploy(called)
        case "rollback":
            return deployment.rollback()
        case "promote":
            if not environment.get("FROM"):
                raise Stopped("FROM is not set. It names the environment whose package is to be promoted: FROM=canary")
            return deployment.promote(package_name(environment["FROM"]))
        case "route":
            return deployment.route(package_name(environment["TO"]) if environment.get("TO") else deployment.package)
        case _:
            raise Stopped(f"there is no verb {verb!r}")


def main() -> None:
    verb, *command = sys.argv[1:]
    try:
        here = target.find(os.environ)
        with target.client(base_url=here.api, auth=(here.uuid, here.key)) as http:
            deployment = Deployment(http, here, package_name(os.environ.get("ENVIRONMENT", "")))
            print(f"{verb}: {run(deployment, verb, command, os.environ)}")
    except (Stopped, ValueError, target.Unusable, httpx.HTTPError, subprocess.CalledProcessError) as error:
        sys.exit(f"{verb}: {error}")


if __name__ == "__main__":
    main()
