"""Arrays of many shapes in one Parquet file: a row an array, the same bytes always.

Columns: `policy`; `of` and `key`, what kind of thing it belongs to and which; `name`; `shape`; `type` (NumPy's,
little-endian); and `data`, its bytes in row order.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

Named = dict[str, npt.NDArray[Any]]
Row = tuple[str, str, str, Named]
"""Policy, kind, key, and its arrays by name."""
COLUMNS = ("policy", "of", "key", "name", "shape", "type", "data")


def write_named(rows: Iterable[Row], file: IO[bytes]) -> None:
    """Arrays in the order given."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    told = [
        (policy, of, key, name, list(array.shape), _type(array), np.ascontiguousarray(array, _type(array)).tobytes())
        for policy, of, key, arrays in rows
        for name, array in arrays.items()
    ]
    kinds = (pa.string(), pa.string(), pa.string(), pa.string(), pa.list_(pa.int64()), pa.string(), pa.binary())
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))
    columns = [pa.array([row[place] for row in told], kind) for place, kind in enumerate(kinds)]
    pq.write_table(
        pa.Table.from_arrays(columns, schema=schema),
        file,
        row_group_size=1_000,
        compression="zstd",
        compression_level=3,
        version="2.6",
        data_page_version="1.0",
        use_dictionary=["policy", "of", "key", "name", "type"],
        write_statistics=False,
    )


def _type(array: npt.NDArray[Any]) -> str:
    return str(array.dtype.newbyteorder("<").str)


def read_named(path: Path) -> dict[tuple[str, str, str], Named]:
    """Arrays that `write_named` wrote, by policy, kind and key. Raises OSError, KeyError or ValueError."""
    import pyarrow.parquet as pq

    found: dict[tuple[str, str, str], Named] = {}
    for row in pq.read_table(path).to_pylist():
        array = np.frombuffer(row["data"], dtype=row["type"]).reshape(row["shape"]).copy()
        found.setdefault((row["policy"], row["of"], row["key"]), {})[row["name"]] = array
    return found
