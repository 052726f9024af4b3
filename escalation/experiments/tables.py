"""Tables on disk: the same frame is the same bytes, and comes back as it was."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from escalation.experiments.columns import Column, categorical, decode

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import pyarrow


def write_parquet(frames: "Iterable[pd.DataFrame]", file: IO[bytes]) -> None:
    """Frames of one shape as Parquet, each a row group: explicit types, fixed compression, no word of pandas or of an
    index. There must be one at least, which may be empty.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    groups = (
        pa.Table.from_pandas(frame, schema=_schema(frame), preserve_index=False).replace_schema_metadata(None)
        for frame in frames
    )
    first = next(groups)
    options = {"compression": "zstd", "compression_level": 3, "version": "2.6", "data_page_version": "1.0"}
    with pq.ParquetWriter(file, first.schema, write_statistics=True, **options) as writer:
        for table in chain([first], groups):
            writer.write_table(table, row_group_size=max(len(table), 1))


def _schema(frame: "pd.DataFrame") -> "pyarrow.Schema":
    import pyarrow as pa

    return pa.schema([(str(name), _type(frame[name].dtype)) for name in frame.columns])


def _type(dtype: Any) -> "pyarrow.DataType":
    import pandas as pd
    import pyarrow as pa

    if isinstance(dtype, pd.CategoricalDtype):
        return pa.dictionary(pa.int16(), pa.string(), ordered=bool(dtype.ordered))
    return {"bool": pa.bool_(), "boolean": pa.bool_(), "int64": pa.int64(), "float64": pa.float64()}[str(dtype)]


def read_parquet(path: "Path", columns: Iterable[Column] = (), policies: Sequence[str] = ()) -> "pd.DataFrame":
    """A frame that `write_parquet` wrote.

    columns, policies: what the file alone does not say: which truths cannot be blank, and words that no row holds.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    types: dict[Any, Any] = {pa.bool_(): pd.BooleanDtype()}
    frame = pq.read_table(path).to_pandas(types_mapper=types.get)
    kinds: dict[str, Any] = {"policy": pd.CategoricalDtype(list(policies))}
    for column in columns:
        if column.form == "truth" and not column.blank:
            kinds[column.name] = "bool"
        elif column.words:
            kinds[column.name] = pd.CategoricalDtype(list(column.words), ordered=column.form == "rung")
    return frame.astype({name: kind for name, kind in kinds.items() if name in frame.columns})


def no_rows(columns: Iterable[Column], policies: Sequence[str]) -> "pd.DataFrame":
    """A table of outcomes without a row, with the columns and types that it would have."""
    import numpy as np
    import pandas as pd

    keys = {"policy": categorical(np.empty(0, dtype=np.int16), policies)}
    whole = {name: np.empty(0, dtype=np.int64) for name in ("future", "luck")}
    kinds = [(each, np.empty(0, dtype=np.int16 if each.coded else np.float64)) for each in columns if not each.series]
    return pd.DataFrame(keys | whole | {each.name: decode(each, codes) for each, codes in kinds})


def write_csv(frame: "pd.DataFrame", file: IO[bytes]) -> None:
    """A frame as CSV, UTF-8, one line a row, blanks empty; numbers in the shortest form that reads back the same."""
    frame.to_csv(file, index=False, lineterminator="\n", encoding="utf-8")
