"""Turn the Keras model that network.py describes into one LiteRT graph. Runs in the build environment.

The outputs are the probabilities [1, classes], the ``network.EXPLAINED`` most probable classes, and their class
activation maps: the last feature map dotted with the weights of each class (Zhou et al., "Learning Deep Features for
Discriminative Localization").
"""

from functools import reduce
from itertools import pairwise
from math import prod
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import network

IMAGE = [1, network.SIDE, network.SIDE, 3]
MOST_PARTS = 5  # of a concatenation that XNNPACK, LiteRT's fast kernels, takes
MOST_TAPS = 25  # of a depthwise kernel for which XNNPACK has fast code; one of 49 takes 8 to 40 times as long


def fold_normalization(model: Any) -> None:
    """Move each batch normalization of ``model`` into the convolutions before it, computed in float64 and rounded once.

    The converter would do it in float32, and on dark pictures its roundings add up to 1e-4 in a probability.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = (np.asarray(weights, np.float64) for weights in layer.get_weights())
            scale = gamma / np.sqrt(variance + layer.epsilon)
            start = 0
            for convolution in convolutions_before(layer):
                *others, kernel = convolution.get_weights()
                is_depthwise = isinstance(convolution, keras.layers.DepthwiseConv2D)
                end = start + kernel.shape[-2 if is_depthwise else -1]
                factor = scale[start:end, None] if is_depthwise else scale[start:end]
                convolution.set_weights([*others, (kernel * factor).astype(np.float32)])
                start = end
            neutral = [
                np.ones_like(scale),
                beta - mean * scale,
                np.zeros_like(scale),
                np.full_like(scale, 1 - layer.epsilon),
            ]
            layer.set_weights([weights.astype(np.float32) for weights in neutral])


def convolutions_before(layer: Any) -> list[Any]:
    """The layers whose output ``layer`` reads, through a concatenation in the order of its channels."""
    before = layer.input._keras_history.operation
    if not isinstance(before, keras.layers.Concatenate):
        return [before]
    return [tensor._keras_history.operation for tensor in before.input]


def with_features(model: Any) -> Any:
    """``model`` with a second output: its last feature map [1, grid, grid, channels]."""
    return keras.Model(model.input, [model.output, model.get_layer(index=network.FEATURES).output])


def class_weights(model: Any) -> Any:
    """How much each channel of the last feature map speaks for each class [channels, classes].

    That is the kernel of the dense layer. Where there are several (MobileNetV3), it is their product, without the
    activations between them: the map is then an approximation.
    """
    kernels = [layer.kernel for layer in model.layers[network.FEATURES + 1 :] if hasattr(layer, "kernel")]
    return reduce(tf.matmul, (kernel if len(kernel.shape) == 2 else kernel[0, 0] for kernel in kernels))


def for_xnnpack(model: Any) -> Any:
    """``model`` with equal layers in place of those that XNNPACK does not take, or takes long for.

    Large kernels are summed in another order; everything else is the same to the last bit.
    """
    rewritten = keras.models.clone_model(model, clone_function=rewritten_layer)
    rewritten.set_weights(model.get_weights())
    return rewritten


def rewritten_layer(layer: Any) -> Any:
    """A copy of ``layer``, or what takes its place."""
    if is_subsampling(layer):
        return keras.layers.Identity(name=layer.name)
    if isinstance(layer, keras.layers.Concatenate) and len(layer.input) > MOST_PARTS:
        return ConcatenationInTwo(name=layer.name)

    config = layer.get_config()
    if isinstance(layer, keras.layers.SeparableConv2D) and prod(layer.kernel_size) > MOST_TAPS:
        return SeparableConvolutionInBands.from_config(config)
    if isinstance(layer, keras.layers.Conv2D) and is_subsampling(layer.input._keras_history.operation):
        config["strides"] = layer.input._keras_history.operation.strides
    return layer.__class__.from_config(config)


def is_subsampling(layer: Any) -> bool:
    """Whether ``layer`` is an average over single pixels, which only leaves some out: its convolution can do that."""
    return isinstance(layer, keras.layers.AveragePooling2D) and layer.pool_size == (1, 1)


class ConcatenationInTwo(keras.layers.Layer):  # type: ignore[misc]
    """Joins the channels of many parts, in their order, by concatenations of few."""

    def call(self, parts: list[Any]) -> Any:
        middle = len(parts) // 2
        return tf.concat([tf.concat(parts[:middle], -1), tf.concat(parts[middle:], -1)], -1)


class SeparableConvolutionInBands(keras.layers.SeparableConv2D):  # type: ignore[misc]
    """Convolves with bands of rows of a large depthwise kernel, each of at most MOST_TAPS, and adds their results."""

    def call(self, image: Any) -> Any:
        rows, columns = self.kernel_size
        stride = self.strides[0]
        if self.padding == "same":  # in NASNet with a stride of 1 and odd kernels only
            image = tf.pad(image, [[0, 0], [rows // 2] * 2, [columns // 2] * 2, [0, 0]])
        height = (image.shape[1] - rows) // stride + 1

        parts = []
        for first, end in bands(rows, MOST_TAPS // columns, stride):
            kernel = self.depthwise_kernel[first:end]
            convolved = tf.nn.depthwise_conv2d(image, kernel, [1, stride, stride, 1], "VALID")
            parts.append(convolved[:, first // stride : first // stride + height])
        return tf.nn.conv2d(reduce(tf.add, parts), self.pointwise_kernel, 1, "VALID")


def bands(rows: int, most: int, stride: int) -> list[tuple[int, int]]:
    """``rows`` parted into bands of at most ``most`` that begin at multiples of ``stride``: (first row, row after)."""
    size = most // stride * stride
    starts = range(0, rows - most + size, size)
    return list(pairwise([*starts, rows]))


def frozen_graph(model: Any) -> Any:
    """Scaled image [1, side, side, 3] to (probabilities, explained classes, activation maps), its weights constants.

    Frozen, because the converter gives a graph that answers NaN when it reads this model's variables itself.
    """
    featured, kernel = with_features(model), class_weights(model)
    explained, grid = network.EXPLAINED, network.GRID

    @tf.function(input_signature=[tf.TensorSpec(IMAGE, tf.float32, name="image")])  # type: ignore[untyped-decorator]
    def classify(image: Any) -> Any:
        probabilities, features = featured(image, training=False)
        _, classes = tf.math.top_k(probabilities[0], explained)
        weights = tf.gather(tf.transpose(kernel), classes)
        cells = tf.reshape(features, [grid * grid, -1])
        maps = tf.matmul(weights, cells, transpose_b=True)
        return probabilities, classes, tf.reshape(maps, [explained, grid, grid])

    return convert_variables_to_constants_v2(classify.get_concrete_function())


def convert(model: Any, precision: str) -> bytes:
    """The LiteRT file of ``model``, which is changed on the way.

    ``int8`` stores the weights in 8 bits, a third of the size; images and results stay float.
    """
    fold_normalization(model)
    graph = frozen_graph(for_xnnpack(model))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph], tf.Module())
    if precision == "int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converted: bytes = converter.convert()
    return converted
