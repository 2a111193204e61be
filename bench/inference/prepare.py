"""The same network in the file format of each runtime.

    python -m bench.inference.prepare weights.h5|random FOLDER

All formats come from one model and have the same outputs. LiteRT gets the graph that ``make model`` converts; the
others get it as Keras has it: what is rewritten for XNNPACK costs them 6 %.
Random weights do where no others are at hand: speed does not depend on them.
"""

import sys
from pathlib import Path
from typing import Any

OPSET = 18
SEED = 1


def keras_model(source: str) -> Any:
    """NASNetMobile with the weights in the file ``source``, or with random ones."""
    import keras

    import build_model

    if source != "random":
        return build_model.load_keras(Path(source))

    keras.utils.set_random_seed(SEED)
    return keras.applications.NASNetMobile(weights=None)


def litert(graph: Any, file: Path, precision: str) -> None:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph], tf.Module())
    if precision != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "float16":
        converter.target_spec.supported_types = [tf.float16]
    file.write_bytes(converter.convert())


def onnx(graph: Any, file: Path) -> None:
    import tf2onnx

    names = [[tensor.name for tensor in tensors] for tensors in (graph.inputs, graph.outputs)]
    tf2onnx.convert.from_graph_def(
        graph.graph.as_graph_def(), input_names=names[0], output_names=names[1], opset=OPSET, output_path=str(file)
    )


def optimized_onnx(source: Path, file: Path) -> None:
    """What ONNX Runtime makes of the graph when it loads it, for this machine's processor."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.optimized_model_filepath = str(file)
    options.log_severity_level = 3  # it warns that the file is for this processor only
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def openvino(source: Path, file: Path) -> None:
    import openvino as ov

    ov.save_model(ov.convert_model(str(source)), str(file), compress_to_fp16=False)


def main() -> None:
    source, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    import conversion

    model = keras_model(source)
    model.save_weights(folder / "keras.weights.h5")
    conversion.fold_normalization(model)
    plain = conversion.frozen_graph(model)
    rewritten = conversion.frozen_graph(conversion.for_xnnpack(model))

    for precision in ("float32", "float16", "int8"):
        print(f"bench: converting to LiteRT, {precision}", flush=True)
        litert(rewritten, folder / f"{precision}.tflite", precision)
    print("bench: converting to ONNX and OpenVINO", flush=True)
    onnx(plain, folder / "converted.onnx")
    optimized_onnx(folder / "converted.onnx", folder / "optimized.onnx")
    openvino(folder / "converted.onnx", folder / "openvino.xml")


if __name__ == "__main__":
    main()
