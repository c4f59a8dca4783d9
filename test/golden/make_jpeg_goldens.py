"""Pictures as Pillow (libjpeg-turbo) writes and reads them, for test/image/jpeg.test.ts.

Run with Pillow and NumPy: python3 make_jpeg_goldens.py > jpegs.json
"""

import base64
import io
import json

import numpy as np
from PIL import Image


def picture(channels):
    """Soft hills and a little noise, of a size that no unit divides."""
    random = np.random.default_rng(channels)
    y, x = np.mgrid[:19, :37]
    planes = [127 + 90 * np.sin((x * (i + 1) + y * 2) / 19) for i in range(channels)]
    noisy = np.stack(planes, -1) + random.normal(0, 2, (19, 37, channels))
    return np.clip(noisy, 0, 255).astype('uint8')


def seen(image):
    """RGB or grey pixels; four inks on white paper."""
    values = np.asarray(image).astype(float)
    if image.mode != 'CMYK':
        return values
    return (255 - values[..., :3]) * (255 - values[..., 3:]) / 255


def entry(name, mode, **options):
    channels = {'L': 1, 'RGB': 3, 'CMYK': 4}[mode]
    values = picture(channels)
    image = Image.fromarray(values[..., 0] if mode == 'L' else values, mode)
    file = io.BytesIO()
    image.save(file, 'JPEG', **options)
    pixels = np.round(seen(Image.open(file))).astype('uint8')
    return {
        'name': name,
        'file': base64.b64encode(file.getvalue()).decode(),
        'channels': 1 if mode == 'L' else 3,
        'pixels': base64.b64encode(pixels.tobytes()).decode(),
    }


entries = []
for progressive in (False, True):
    kind = 'progressive' if progressive else 'baseline'
    common = {'quality': 92, 'progressive': progressive}
    entries += [
        entry(f'grey, {kind}', 'L', **common),
        entry(f'colour, {kind}', 'RGB', subsampling=0, **common),
        entry(f'colour, half as wide, {kind}', 'RGB', subsampling=1, **common),
        entry(f'colour, half as wide and high, {kind}', 'RGB', subsampling=2, **common),
        entry(f'colour with restarts, {kind}', 'RGB', subsampling=0, restart_marker_blocks=2, **common),
        entry(f'four inks, {kind}', 'CMYK', **common),
    ]
entries.append(entry('red, green and blue as they are', 'RGB', quality=95, keep_rgb=True))
print(json.dumps({'width': 37, 'height': 19, 'pictures': entries}, indent=1))
