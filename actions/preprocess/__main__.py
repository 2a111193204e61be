"""OpenWhisk action ``preprocess``: an RGB raster -> the network's input tensor (tensor.schema.json)."""

from PIL import Image

import differences
import pixels
import transform
from fit import WHOLE
from network import SIDE
from problem import Json
from step import carried, step


@step("preprocess", accepts="raster")
def main(args: Json) -> Json:
    raster = args["raster"]
    decoded = picture(raster)
    fitted, view = transform.fitted(decoded, args["options"]["fit"], raster.get("view", WHOLE))

    unchanged = {key: raster[key] for key in ("encoding", "data")}
    data = unchanged if fitted is decoded else pixels.packed(differences.differences(fitted).tobytes())
    tensor = {"name": "image", "shape": [1, SIDE, SIDE, 3], "datatype": "UINT8", **data}
    return {**carried(args), "tensor": tensor, "view": view}


def picture(raster: Json) -> Image.Image:
    """The raster as a picture, once its size and its data agree."""
    size = (raster["width"], raster["height"])
    octets = Image.frombytes("RGB", size, pixels.unpacked("raster", raster, *size))
    return differences.summed(octets) if raster["encoding"] == pixels.DIFFERENCES else octets
