"""``python -m bench.calls``: the call set-up bench alone."""

from pathlib import Path

import click

from bench.calls.run import Options, run


@click.command()
@click.option("--rounds", default=20, show_default=True, help="Calls per contestant and delay.")
@click.option("--only", multiple=True, help="Contestants whose name holds this, beside the bar.")
@click.option(
    "--web-dir", type=click.Path(exists=True, path_type=Path), help="A build of the web app to measure."
)
@click.option("--save", type=click.Path(path_type=Path), help="Every mark of every call, as JSON.")
def main(rounds: int, only: tuple[str, ...], web_dir: Path | None, save: Path | None) -> None:
    """Measures how fast a call is set up, and prints the tables of docs/performance.md."""
    click.echo(run(Options(rounds=rounds, only=only, web_dir=web_dir, save=save)))


if __name__ == "__main__":
    main()
