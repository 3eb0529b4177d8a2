"""What instance types have and cost on demand, as files: `adapters.catalogue.packaged` reads them."""
