"""OpenWhisk action ``decode``: a JPG, however it was sent -> a bounded upright RGB raster (raster.schema.json)."""

import hashlib

import decoder
import differences
import jpeg_header
import pixels
import request
from problem import Json
from step import step


@step("decode", accepts=None)
def main(args: Json) -> Json:
    asked = request.parse(args)
    header = jpeg_header.read(asked.image)
    decoded = decoder.decode(jpeg_header.with_colour_space(asked.image, header), asked.options["fit"])
    return {
        "raster": {
            "width": decoded.picture.width,
            "height": decoded.picture.height,
            "mode": "RGB",
            "view": decoded.view,
            **pixels.packed(differences.differences(decoded.picture).tobytes()),
        },
        "source": {
            "width": header.width,
            "height": header.height,
            "bytes": len(asked.image),
            "sha256": hashlib.sha256(asked.image).hexdigest(),
            "orientation": decoded.orientation,
            "coding": header.coding,
        },
        "options": asked.options,
    }
