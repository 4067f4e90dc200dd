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
    for group in "inputs", "outputs":
        for name, array in data[group].items():
            rows = array[:][certified]  # what a training would see
            print(f"{group}/{name}: {array.attrs['location'].decode()},",
                  f"{rows.shape}, mean {np.mean(rows):.6g}")
    if not np.all(certified | failed):
        sys.exit("some samples are neither certified nor failed")
