import subprocess
import sys
from pathlib import Path

ROWS = 12_000
TEXT = "x" * 4000
NAMES = "jsonl parquet orc csv parquet jsonl"
# Parts are made small, so that the file is many times as large as what may be in memory at a time.
CONVERSION = """
import resource, sys
from pathlib import Path
from contracts.conversions import ConvertTable
from tabular_worker import conversion, csv_files, orc_files, parquet, rows, source

csv_files.BLOCK_BYTES = 1 << 18
orc_files.STRIPE_BYTES = rows.BATCH_BYTES_MAX = parquet.GROUP_BYTES = 1 << 20
orc_files.BATCH_ROWS_MAX = parquet.BATCH_ROWS_MAX = 250

def convert(one, other):
    request = ConvertTable.model_validate({"source": {"name": one.name}, "target": {"name": other.name}})
    return conversion.convert_file(conversion.job_of(request), one, other).rows

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10

folder = Path(sys.argv[1])
names = sys.argv[2].split()
for one, other in zip(names, names[1:]):
    convert(folder / f"small.{one}", folder / f"small.{other}")
before = peak()
rows_of = [convert(folder / f"large.{one}", folder / f"large.{other}") for one, other in zip(names, names[1:])]
print(peak() - before, *rows_of)
"""


def test_a_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    for name, rows in (("small", ROWS // 4), ("large", ROWS)):
        with (tmp_path / f"{name}.jsonl").open("w") as file:
            file.writelines(f'{{"number":{number},"text":"{number}{TEXT}{number}"}}\n' for number in range(rows))
    size = (tmp_path / "large.jsonl").stat().st_size

    run = subprocess.run(
        [sys.executable, "-c", CONVERSION, str(tmp_path), NAMES], check=True, capture_output=True, text=True
    )

    more, *rows_of = map(int, run.stdout.split())
    assert rows_of == [ROWS] * NAMES.count(" ")
    assert more < size / 2, f"{more} bytes more than before, for a file of {size}"
