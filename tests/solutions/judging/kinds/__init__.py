"""A small contract of each kind: a module, a layer, a training loop, a lattice of tags, a tokenizer, a beam search."""

from tests.solutions.judging.kinds.lattices import best_path, partition
from tests.solutions.judging.kinds.layers import elman
from tests.solutions.judging.kinds.modules import lstm_cell
from tests.solutions.judging.kinds.search import searching
from tests.solutions.judging.kinds.tokens import decoding, encoding
from tests.solutions.judging.kinds.training import epoch

KINDS = (lstm_cell, elman, epoch, partition, best_path, encoding, decoding, searching)
