"""What Schemathesis has to be told about this API."""

import schemathesis

# Lines of JSON are one string in the schema, and go out as they are.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")


@schemathesis.hook
def filter_path_parameters(_context: schemathesis.HookContext, path_parameters: dict[str, object] | None) -> bool:
    """Whoever runs this takes nothing away from themselves."""
    return path_parameters is None or path_parameters.get("name") != "root"
