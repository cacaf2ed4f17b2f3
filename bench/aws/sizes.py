"""How large the functions' packages are, as far as they have been built."""

from scripts.aws.package import BUILD, modules


def report() -> None:
    """Prints a line for each package under ``build/lambda``."""
    built = {module: BUILD / "lambda" / module for module in modules()}
    built = {module: folder for module, folder in built.items() if folder.is_dir()}
    if not built:
        print(
            "\nNo packages have been built here; `make cloud` and `make deploy` do that and print their sizes."
        )
        return
    print("\nPackages, unpacked")
    for module, folder in built.items():
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"  {module:16} {size / 1e6:5.1f} MB")
