"""What Keras answers. Run by the Python of the model's build environment, with the files as arguments.

    keras_reference.py weights.h5 pixels.npy answers.npy

``pixels`` is uint8 [n, 224, 224, 3]; ``answers`` becomes float32 [n, 1000], through Keras's own preprocessing.
"""

import sys

import keras
import numpy as np

weights, pixels, answers = sys.argv[1:]
model = keras.applications.NASNetMobile(weights=weights)
image = keras.applications.nasnet.preprocess_input(np.load(pixels).astype(np.float32))
np.save(answers, model.predict(image, batch_size=10, verbose=0))
