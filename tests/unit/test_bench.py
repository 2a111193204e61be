"""The benchmark's arithmetic: samples, tables, costs, a cluster on paper, goals."""

from pathlib import Path

import pytest

from bench import cluster, cost, measurement, sample, table
from bench.measurement import Measurement, Recorder, Run, gathered


def warm(subject: str, *samples: float) -> Measurement:
    return Measurement("inference", subject, "warm", "ms", samples)


def test_a_sample_is_told_by_its_median_and_its_quartiles() -> None:
    values = [9.0, 1.0, 3.0, 4.0, 2.0]
    assert sample.median(values) == 3.0
    assert sample.spread(values) == (2.0, 4.0)


def test_a_ratio_is_of_medians_so_that_one_slow_call_does_not_move_it() -> None:
    assert sample.ratio([30.0, 30.0, 900.0], [10.0, 10.0, 10.0]) == 3.0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.00001234, "1e-05"), (0.1234, "0.123"), (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234")],
)
def test_a_number_is_shown_with_the_digits_that_count(value: float, text: str) -> None:
    assert table.shown(value) == text


def test_a_cell_has_quartiles_only_where_the_values_differ_visibly() -> None:
    assert table.cell([10.0, 12.0, 11.0]) == "11.0 (10.0–12.0)"
    assert table.cell([10.0, 10.01, 10.02]) == "10.0"


def test_a_table_has_a_row_for_each_subject_and_the_ratio_to_the_base() -> None:
    rows = [warm("Keras", 100.0), warm("ours", 25.0), Measurement("inference", "ours", "file", "MB", (7.0,))]
    assert table.markdown(rows, table.Ratio("warm", "Keras")).splitlines() == [
        "|  | warm, ms | file, MB | warm, against Keras |",
        "| --- | ---: | ---: | ---: |",
        "| Keras | 100 | – | 1.00 × |",
        "| ours | 25.0 | 7.00 | 0.25 × |",
    ]


def test_a_table_without_the_base_has_no_ratio() -> None:
    assert "against" not in table.markdown([warm("ours", 25.0)], table.Ratio("warm", "Keras"))


def test_gb_seconds_are_memory_times_duration_of_every_activation() -> None:
    billed = [cost.Activation(memory_mb=128, duration_ms=500), cost.Activation(memory_mb=512, duration_ms=1000)]
    assert cost.gb_seconds(billed) == 0.0625 + 0.5


@pytest.mark.parametrize(
    ("cores", "memory_mb", "lanes", "seconds"),
    [
        (8, 16_384, 16, 2 + 62 * 0.1),  # 2 machines, a lane for each core: 63 rounds, the first of them cold
        (8, 1024, 4, 2 + 249 * 0.1),  # memory for 2 lanes on each machine
    ],
)
def test_a_burst_is_bound_by_cores_or_by_memory(cores: int, memory_mb: int, lanes: int, seconds: float) -> None:
    function = cluster.Function(work_ms=100, cold_ms=2000, lane_mb=512)
    found = cluster.burst(1000, function, cluster.Cluster(machines=2, cores=cores, memory_mb=memory_mb))
    assert (found.lanes, found.cold_starts) == (lanes, lanes)
    assert found.seconds == pytest.approx(seconds)


def test_a_lane_that_fits_nowhere_is_an_error() -> None:
    with pytest.raises(ValueError, match="a lane takes 512 MB, but a machine has 256"):
        cluster.burst(1, cluster.Function(100, 2000, 512), cluster.Cluster(1, 8, 256))


def test_a_recorder_gathers_rounds_under_one_name() -> None:
    recorder = Recorder("inference")
    for value in (1.0, 2.0):
        recorder.add("ours", "warm", "ms", value)
    assert gathered([recorder]) == (warm("ours", 1.0, 2.0),)


def test_a_run_that_was_written_is_read_again(tmp_path: Path) -> None:
    run = Run("inference", {"cores": 2}, (warm("ours", 1.5, 2.0), warm("Keras", 100.0)))
    measurement.write(run, tmp_path / "deep" / "inference.json")
    assert measurement.read(tmp_path / "deep" / "inference.json") == run


def test_a_missing_measurement_is_named() -> None:
    with pytest.raises(KeyError, match="inference has no warm of Keras"):
        Run("inference", {}, (warm("ours", 1.5),)).samples("inference", "Keras", "warm")
