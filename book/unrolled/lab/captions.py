"""A net that writes captions of pictures, its training, and whether what it says is right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

import torch
from torch import Tensor, nn

from unrolled.lab import translation
from unrolled.lab.images import Convolver
from unrolled.lab.translation import Alphabet, Letters

LONGEST = 8  # words of a caption, and its end


def letters_of(captions: Iterable[Sequence[str]]) -> Letters:
    """The words of the captions, and start and end."""
    words = Alphabet((list(one) for one in captions), " ")
    return Letters(words, words)


class Captioner(nn.Module):
    """A convolver looks at a picture (B, side, side); from what it says a GRU or LSTM starts to write.

    Its `encode` and `step` are those of `unrolled.lab.translation`, whose greedy and beam search serve it, too: the
    decoder's state is one array, and what stands for the encoder's states holds nothing.

    normalised: each number of the decoder's first state has mean 0 and variance 1 over a batch, before its tanh.
    """

    def __init__(self, side: int, tokens: int, H: int, cell: str = "GRU", normalised: bool = True) -> None:
        super().__init__()
        self.lstm = cell == "LSTM"
        told = 2 * H if self.lstm else H  # an LSTM is told its cell, too
        norm = nn.BatchNorm1d(told) if normalised else nn.Identity()
        self.eye = nn.Sequential(Convolver(side, (12, 24), told), norm, nn.Tanh())
        self.target = nn.Embedding(tokens, 16)
        self.decoder = getattr(nn, cell)(16, H, batch_first=True)
        self.head = nn.Linear(H, tokens)
        if self.lstm:
            with torch.no_grad():
                self.decoder.bias_ih_l0[H : 2 * H] += 1  # forget gates start open

    def encode(self, X: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Two empty arrays (B, 1, 1) and (B, 1), and the decoder's first state (B, H), an LSTM's h and c (B, 2H)."""
        return X.new_zeros(len(X), 1, 1), X.new_ones(len(X), 1), self.eye(X)

    def step(self, y: Tensor, q: Tensor, *_: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, T', V) behind the tokens y (B, T'), and the decoder's last state."""
        state = q[None].contiguous()
        if self.lstm:
            states, (h, c) = self.decoder(self.target(y), tuple(one.contiguous() for one in state.chunk(2, -1)))
            return self.head(states), torch.cat([h, c], -1)[0]
        states, last = self.decoder(self.target(y), state)
        return self.head(states), last[0]

    def forward(self, X: Tensor, y: Tensor) -> Tensor:
        return self.step(y, self.encode(X)[2])[0]


def fit(net: Captioner, X: Tensor, y: Tensor, updates: int, rate: float, seed: int) -> None:
    """Train a captioner with the truth as its input; y holds start, caption, end and padding, (N, T' + 1)."""
    source = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(net.parameters(), rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, rate, total_steps=max(updates, 2))
    for _ in range(updates):
        chosen = torch.randint(len(X), (64,), generator=source)
        logits = net(X[chosen], y[chosen, :-1])
        error = translation.loss_of(logits, y[chosen, 1:])
        adam.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        schedule.step()


def written(net: Captioner, letters: Letters, X: Tensor) -> list[str]:
    """What the net says of the pictures X, greedily."""
    net.eval()
    return [letters.target.text(row) for row in translation.greedy(net, X, LONGEST).tolist()]


def right(said: Sequence[str], wanted: Sequence[Set[tuple[str, ...]]]) -> list[bool]:
    """Whether each caption is one of those that are right for its picture."""
    return [tuple(one.split()) in ways for one, ways in zip(said, wanted, strict=False)]
