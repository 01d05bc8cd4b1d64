"""The picture of the patient page that opens the README, taken of the service in headless Chromium.

PYTHONPATH=tests python docs/pictures/patient.py [FILE]
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

from rrmm.atomic import put
from support.browser import chromium, quiet
from support.service import serving

FILE = Path("docs/pictures/patient.png")
EXAMPLE = "0"
SIZE = {"width": 1280, "height": 1180}
COLOURS = 48


def take(address: str) -> bytes:
    """Return the page with an example patient, as a PNG of few colours."""
    with chromium() as browser, quiet(browser, address, SIZE, "light", ["data:", "blob:"]) as page:
        page.goto("/patient/")
        page.locator("#shown .when").wait_for()
        page.select_option("#example", EXAMPLE)
        page.locator("#shown .when").filter(has_not_text="Undetermined").wait_for(timeout=90_000)
        page.evaluate("scrollTo(0, 0)")
        image = Image.open(io.BytesIO(page.screenshot()))
    packed = io.BytesIO()
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def main(file: Path) -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as service:
        put({file: take(service.url)})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
