"""OpenWhisk action ``preprocess``: an RGB raster -> the network's input tensor (tensor.schema.json)."""

import binascii

from PIL import Image

import contract
import transform
from network import SIDE
from problem import InvalidRequest, Json
from step import carried, step


@step("preprocess", accepts="raster")
def main(args: Json) -> Json:
    pixels, view = transform.fitted(picture(args["raster"]), args["options"]["fit"])
    tensor = {
        "name": "image",
        "shape": [1, SIDE, SIDE, 3],
        "datatype": "UINT8",
        "encoding": "base64",
        "data": binascii.b2a_base64(pixels.tobytes(), newline=False).decode("ascii"),
    }
    return {**carried(args), "tensor": tensor, "view": view}


def picture(raster: Json) -> Image.Image:
    """The raster as a picture, once its size and its data agree."""
    data = contract.octets("raster.data", raster["data"])
    size = (raster["width"], raster["height"])
    expected = size[0] * size[1] * 3
    if len(data) != expected:
        raise InvalidRequest(
            f"raster.data: expected {expected} bytes (width {size[0]} x height {size[1]} x 3), but got {len(data)}"
        )
    return Image.frombytes("RGB", size, data)
