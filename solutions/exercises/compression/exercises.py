"""Contracts of the assignment `compression`, in the order of the notebook.

unrolled-canary-fa0af622ee2a
"""

from solutions.exercises.compression.affine import quantise
from solutions.exercises.compression.back import dequantise
from solutions.exercises.compression.channels import quantise_channels
from solutions.exercises.compression.counted import compressed_bytes
from solutions.exercises.compression.factors import factorise
from solutions.exercises.compression.masks import magnitude_masks

CONTRACTS = (
    magnitude_masks,
    quantise,
    dequantise,
    quantise_channels,
    factorise,
    compressed_bytes,
)
