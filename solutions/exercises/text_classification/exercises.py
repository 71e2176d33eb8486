"""Contracts of the assignment `text-classification`, in the order of the notebook.

unrolled-canary-17e9b5c34fd0
"""

from solutions.exercises.bptt.backward import rnn_backward
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.text_classification.calibration import calibration_error
from solutions.exercises.text_classification.encoding import encode
from solutions.exercises.text_classification.mean import masked_mean
from solutions.exercises.text_classification.pairs import skip_gram_pairs
from solutions.exercises.text_classification.skip_gram import skip_gram_loss
from solutions.exercises.text_classification.tokens import tokenize
from solutions.exercises.text_classification.words import vocabulary
from solutions.exercises.vanishing.clipping import clip_by_global_norm
from solutions.exercises.vanishing.update import clipped_update

CONTRACTS = (tokenize, vocabulary, encode, masked_mean, skip_gram_pairs, skip_gram_loss, calibration_error)
EARLIER = (rnn_forward, rnn_backward, clip_by_global_norm, clipped_update)
