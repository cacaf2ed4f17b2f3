"""The AWS edition in figures: cold starts as ratios, package sizes, and what one call is billed. ``python -m bench.aws``"""

import argparse

from bench.aws import billing, cold_start, sizes


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7, help="processes started for each figure")
    arguments = parser.parse_args()
    cold_start.report(arguments.turns)
    sizes.report()
    billing.report()


if __name__ == "__main__":
    main()
