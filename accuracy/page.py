"""mistakes.html: the surest mistakes with their pictures, in one file that needs no other."""

import io
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape

from PIL import Image, ImageOps

from accuracy.dataset import Label
from accuracy.scores import Answers, Mistake

SIDE = 224
FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The surest mistakes</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.4 system-ui, sans-serif; }}
body {{ margin: 0 auto; max-width: 75rem; padding: 1rem; }}
.mistakes {{
  display: grid; gap: 1.5rem 1rem; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr));
  list-style: none; padding: 0;
}}
figure {{ margin: 0; }}
img {{ background: color-mix(in srgb, currentColor 8%, transparent); height: 14rem; object-fit: contain; width: 100%; }}
figcaption {{ overflow-wrap: anywhere; }}
strong {{ display: block; }}
small {{ display: block; opacity: .8; }}
</style>
</head>
<body>
<h1>The surest mistakes</h1>
<p>{introduction}</p>
{sections}
</body>
</html>
"""


def html(
    mistakes: Mapping[str, Sequence[Mistake]], keras: Mapping[str, Answers], labels: Sequence[Label], introduction: str
) -> str:
    """The page; ``mistakes`` and what ``keras`` answered by ``fit``."""
    sections = (section(fit, those, keras.get(fit, {}), labels) for fit, those in mistakes.items())
    return FRAME.format(introduction=escape(introduction), sections="\n".join(sections))


def section(fit: str, mistakes: Sequence[Mistake], keras: Answers, labels: Sequence[Label]) -> str:
    figures = "\n".join(figure(one, keras, labels) for one in mistakes)
    listed = f'<ul class="mistakes">\n{figures}\n</ul>' if mistakes else "<p>No mistake.</p>"
    return f"<h2>fit={escape(fit)}</h2>\n{listed}"


def figure(mistake: Mistake, keras: Answers, labels: Sequence[Label]) -> str:
    right, answered = labels[mistake.photo.class_index], labels[mistake.answered]
    caption = [
        f"<strong>{escape(answered.name)}: {mistake.probability:.3f}</strong>",
        f"labelled {escape(right.name)} ({right.wnid})",
        f"<small>{escape(printable(mistake.photo.name))}</small>",
    ]
    other = keras.get(mistake.photo.name)
    if other and other.indices:
        caption.append(f"<small>Keras: {escape(labels[other.indices[0]].name)} {other.probabilities[0]:.3f}</small>")
    image = f'<img src="{picture(mistake)}" alt="" loading="lazy">'
    return f"<li><figure>{image}<figcaption>{''.join(caption)}</figcaption></figure></li>"


def printable(name: str) -> str:
    """File systems hold names that are no UTF-8."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def picture(mistake: Mistake) -> str:
    """The photo, upright and small, as a data URL; empty where Pillow cannot read it any more."""
    try:
        with Image.open(mistake.photo.path) as opened:
            opened.draft("RGB", (2 * SIDE, 2 * SIDE))
            small = ImageOps.exif_transpose(opened).convert("RGB")
            small.thumbnail((SIDE, SIDE))
    except OSError:
        return ""
    data = io.BytesIO()
    small.save(data, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{b64encode(data.getvalue()).decode()}"
