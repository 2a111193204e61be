"""A picture as the differences that pixels.py describes, and back, with Pillow alone."""

from PIL import Image, ImageChops

less, more = ImageChops.subtract_modulo, ImageChops.add_modulo


def differences(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.split()
    change = Image.merge("RGB", (less(red, green), green, less(blue, green)))
    change = less(change, moved(change, 1, 0))
    return less(change, moved(change, 0, 1))


def summed(change: Image.Image) -> Image.Image:
    """The picture whose ``differences`` are ``change``."""
    for across, down, length in ((1, 0, change.width), (0, 1, change.height)):
        distance = 1
        while distance < length:  # each step doubles how many are summed up (Hillis and Steele's parallel sum)
            change = more(change, moved(change, across * distance, down * distance))
            distance *= 2
    red, green, blue = change.split()
    return Image.merge("RGB", (more(red, green), green, more(blue, green)))


def moved(picture: Image.Image, across: int, down: int) -> Image.Image:
    """``picture`` moved to the right and down; zeros come in."""
    return picture.crop((-across, -down, picture.width - across, picture.height - down))
