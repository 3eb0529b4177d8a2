"""Whether this machine knows an AWS account."""


def has_credentials() -> bool:
    """Do the usual settings of AWS have credentials? Nothing is asked of AWS but, on an instance, its own role."""
    # A tenth of a second, which commands that know their source are spared.
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from botocore.session import get_session  # noqa: PLC0415

    try:
        return get_session().get_credentials() is not None
    except BotoCoreError:  # a profile that is named and is not there: the service says so when it asks
        return True
