"""OpenWhisk action ``statistics``: what the functions of this package did. It takes the admin token."""

import os

from problem import Json
from report import Statistics

statistics = Statistics(os.environ)


def main(args: Json) -> Json:
    return statistics(args)
