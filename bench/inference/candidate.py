"""One runtime in a process of its own.

    candidate.py NAME FOLDER THREADS CALLS IMAGES ANSWERS

FOLDER holds the model files of prepare.py; IMAGES is uint8 [n, 224, 224, 3]; ANSWERS becomes float32 [n, 1000]. Prints
one JSON object after the first answer (milliseconds of import, load and first) and one after all (``warm``), then waits
for the end of its standard input, so that its memory can be looked at.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Run = Callable[[Any], Any]  # image [1, 224, 224, 3] in -1..1 to probabilities [1000]


class Candidate(NamedTuple):
    """``modules`` are what it imports, and so what it must bring; ``load`` opens ``file`` for a number of threads."""

    file: str
    modules: tuple[str, ...]
    load: Callable[[Path, int], Run]


def keras_model(file: Path, threads: int) -> Any:
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    return keras.applications.NASNetMobile(weights=str(file))


def keras_predict(file: Path, threads: int) -> Run:
    model = keras_model(file, threads)
    return lambda image: model.predict(image, verbose=0)[0]


def traced_function(file: Path, threads: int) -> Run:
    import tensorflow as tf

    model = keras_model(file, threads)
    traced = tf.function(lambda image: model(image, training=False))
    return lambda image: traced(tf.constant(image)).numpy()[0]


def litert(file: Path, threads: int) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(file), num_threads=threads)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    wanted = max(interpreter.get_output_details(), key=lambda detail: detail["shape"].prod())["index"]

    def run(image: Any) -> Any:
        interpreter.set_tensor(given, image)
        interpreter.invoke()
        return interpreter.get_tensor(wanted)[0]

    return run


def onnx_runtime(file: Path, threads: int, optimize: bool) -> Run:
    import onnxruntime

    level = onnxruntime.GraphOptimizationLevel
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimize else level.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda image: session.run(None, {name: image})[0][0]


def openvino(file: Path, threads: int) -> Run:
    import openvino as ov

    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = ov.Core().compile_model(str(file), "CPU", options)
    return lambda image: compiled(image)[0][0]


CANDIDATES = {
    "Keras predict": Candidate("keras.weights.h5", ("numpy", "tensorflow", "keras"), keras_predict),
    "traced tf.function": Candidate("keras.weights.h5", ("numpy", "tensorflow", "keras"), traced_function),
    "LiteRT float32": Candidate("float32.tflite", ("numpy", "ai_edge_litert.interpreter"), litert),
    "LiteRT float16": Candidate("float16.tflite", ("numpy", "ai_edge_litert.interpreter"), litert),
    "LiteRT int8": Candidate("int8.tflite", ("numpy", "ai_edge_litert.interpreter"), litert),
    "ONNX Runtime": Candidate(
        "converted.onnx", ("numpy", "onnxruntime"), lambda file, threads: onnx_runtime(file, threads, optimize=True)
    ),
    "ONNX Runtime, optimized beforehand": Candidate(
        "optimized.onnx", ("numpy", "onnxruntime"), lambda file, threads: onnx_runtime(file, threads, optimize=False)
    ),
    "OpenVINO": Candidate("openvino.xml", ("numpy", "openvino"), openvino),
}


class Stopwatch:
    """Milliseconds since it was last asked."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def lap(self) -> float:
        before, self._since = self._since, time.perf_counter()
        return (self._since - before) * 1000


def main() -> None:
    name, folder, threads, calls, images_file, answers_file = sys.argv[1:]
    candidate = CANDIDATES[name]

    watch = Stopwatch()
    modules = [importlib.import_module(module) for module in candidate.modules]
    imported = watch.lap()
    run = candidate.load(Path(folder) / candidate.file, int(threads))
    loaded = watch.lap()

    numpy: Any = modules[0]
    images = numpy.load(images_file).astype(numpy.float32) / numpy.float32(127.5) - numpy.float32(1)
    watch.lap()
    run(images[:1])
    print(json.dumps({"import": imported, "load": loaded, "first": watch.lap()}), flush=True)

    answers = [run(image[None]) for image in images]
    watch.lap()
    warm = []
    for number in range(int(calls)):
        image = images[number % len(images)][None]
        watch.lap()
        run(image)
        warm.append(watch.lap())
    numpy.save(answers_file, numpy.stack(answers))
    print(json.dumps({"warm": warm}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
