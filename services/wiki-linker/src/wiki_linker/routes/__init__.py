"""HTTP only: REST under /v1, HTML pages, feeds."""
