"""The command line: `detect` finds faces; `dataset` makes, fills and looks at data sets; `train` trains."""

import typer

from face_classifier.commands_dataset import add_dataset_commands
from face_classifier.commands_detect import add_detect_command
from face_classifier.commands_train import add_train_command

cli = typer.Typer(
    name="face-classifier",
    help="Whose face is it, how the model is trained, and how far it can be fooled.",
    no_args_is_help=True,
    add_completion=False,
)
add_dataset_commands(cli)
add_detect_command(cli)
add_train_command(cli)


@cli.callback()
def root() -> None:
    """Whose face is it, how the model is trained, and how far it can be fooled."""


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
