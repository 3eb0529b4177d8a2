// Draws /redoc. A file of its own, because the page's policy runs no inline script.
Redoc.init("openapi.json", { hideDownloadButtons: false, disableSearch: true }, document.getElementById("docs"));
