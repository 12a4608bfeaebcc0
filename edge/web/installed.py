"""For a home screen: the manifest, and a page that the browser keeps and shows while the device is not reached."""

from flask import Blueprint, Response, render_template, url_for

from edge import __version__
from edge.web import shapes
from edge.web.site import Site
from edge.web.words import words

PAPER = "#faf7f2"  # --paper of page.css, in light


def blueprint(site: Site) -> Blueprint:
    installed = Blueprint("installed", __name__)
    name = site.config.device.name

    @installed.get("/manifest.webmanifest")
    def manifest() -> tuple[shapes.Json, dict[str, str]]:
        """Its addresses are relative, so that they stay below a proxy's path."""
        icons = (("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-maskable-512", 512, "maskable"))
        found = {
            "name": name,
            "short_name": name,
            "start_url": "./",
            "scope": "./",
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": PAPER,
            "icons": [
                {
                    "src": url_for("static", filename=f"{file}.png"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for file, size, purpose in icons
            ],
            "shortcuts": [{"name": words()["wall"]["title"], "url": "wall"}],
        }
        return found, {"Content-Type": "application/manifest+json"}

    @installed.get("/service-worker.js")
    def worker() -> Response:
        """Not below /static, because a worker serves only addresses below its own."""
        text = render_template("service-worker.js", name=name, version=__version__)
        return Response(text, mimetype="text/javascript")

    @installed.get("/offline")
    def offline() -> str:
        return render_template("offline.html", name=name)

    return installed
