"""The command line: `serve`, `config`, keys; `detect` finds faces; `dataset`, `train` and `models` make models."""

from face_classifier.adapters import schema
from face_classifier.app import service
from face_classifier.commands_dataset import add_dataset_commands
from face_classifier.commands_detect import add_detect_command
from face_classifier.commands_fool import add_fool_commands
from face_classifier.commands_models import add_model_commands
from face_classifier.commands_robustness import add_robustness_command
from face_classifier.commands_runs import add_runs_command
from face_classifier.commands_train import add_train_command
from face_classifier.settings import FaceSettings
from genba_servicekit.cli import service_cli
from genba_servicekit.commands_keys import add_key_commands

cli = service_cli(service, help="Whose face is it, how the model is trained, and how far it can be fooled.")
add_key_commands(
    cli, FaceSettings, migrations="face_classifier.migrations", tables=schema.auth, editors="set which model answers"
)
add_dataset_commands(cli)
add_detect_command(cli)
add_train_command(cli)
add_model_commands(cli)
add_runs_command(cli)
add_fool_commands(cli)
add_robustness_command(cli)


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
