#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An example batch script for Slurm. Five minutes before the time limit Slurm
# sends SIGUSR1; nodal then finishes the samples it works on, saves its recycle
# spaces and ends; the job puts itself into the queue again and goes on where
# it was. Nothing that was certified is made twice, also after a crash.
#
#   sbatch scripts/slurm-generate.sh prm/02-darcy-generate.prm
#
#SBATCH --job-name=nodal-generate
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=64
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --signal=USR1@300
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

prm=${1:?usage: sbatch slurm-generate.sh FILE.prm [nodal options]}
shift
output=${NODAL_OUTPUT:-output-$(basename "$prm" .prm)}
nodal=${NODAL_EXECUTABLE:-build/release/nodal}
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

resume=()
[ -e "$output/dataset.h5" ] && resume=(--resume)

code=0
srun "$nodal" generate "$prm" --output "$output" "${resume[@]}" "$@" || code=$?

# A run that was asked to stop ends with code 0 and leaves its checkpoint.
if [ "$code" -eq 0 ] && [ -d "$output/checkpoint" ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
