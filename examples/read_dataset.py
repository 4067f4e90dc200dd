#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Print what a data set of nodal holds: read_dataset.py FILE.h5"""
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "r") as data:
    status = data["certificate/status"][:]
    certified, failed = status == 1, status == 2
    residual = data["certificate/true_residual"][:][certified]
    print("problem:", data.attrs["problem"].decode())
    print(f"samples: {len(status)}, certified {certified.sum()}, "
          f"failed {failed.sum()}, pending {(status == 0).sum()}")
    print("worst certified residual:", residual.max() if residual.size else None,
          "tolerance:", data.attrs["tolerance"])
    is_ragged = data.attrs.get("rows", b"equal") == b"ragged"
    print("meshes:", len(data["meshes"]))
    offset = data["samples/offset"][:]
    columns = ["node", "cell", "boundary"]
    for group in "inputs", "outputs":
        for name, array in data[group].items():
            location = array.attrs["location"].decode()
            values = array[:]
            if is_ragged:  # rows of different length, one after the other
                begin = (offset[:, columns.index(location)]
                         if location in columns else np.arange(len(offset)))
                values = [values[begin[i]:begin[i + 1]]
                          for i in range(len(status))]
            # What a training would see.
            rows = [values[i] for i in np.flatnonzero(certified)]
            sizes = sorted({len(row) for row in rows})
            mean = np.mean([np.mean(row) for row in rows]) if rows else 0
            print(f"{group}/{name}: {location}, {len(rows)} x",
                  "-".join(map(str, sizes[:1] + sizes[1:][-1:])),
                  f"sites, mean {mean:.6g}")
    if not np.all(certified | failed):
        sys.exit("some samples are neither certified nor failed")
