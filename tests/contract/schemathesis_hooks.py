"""What Schemathesis has to be told about this API."""

import schemathesis

# Lines of JSON are one string in the schema, and go out as they are.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")
