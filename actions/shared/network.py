"""The neural network that the classifier runs, described in this one place. Facts: keras/applications/nasnet.py.

The schemas and the pages repeat some of it; tests/contract/test_network.py holds them to what is said here.
"""

NAME = "NASNetMobile"  # in keras.applications
WEIGHTS_URL = "https://storage.googleapis.com/tensorflow/keras-applications/nasnet/NASNet-mobile.h5"
WEIGHTS_MD5 = "020fb642bf7360b370c678b08e0adf61"
FILE = "nasnet_mobile.tflite"  # what make model converts it to

SIDE = 224  # of its square input, pixels
PIXEL_SCALE, PIXEL_SHIFT = 127.5, -1.0  # it was trained on pixel / scale + shift: 0..255 becomes -1..1
CLASSES = 1000
GRID = 7  # cells on a side of its last feature map, and so of a class activation map
EXPLAINED = 20  # classes, the most probable ones, that the converted network gives an activation map of
FEATURES = -3  # the Keras layer that gives that map; after it come the pooling and the classes
