"""Next items of sessions: counts to start from, a recurrent net, losses on a batch's own targets, one training loop."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, logsigmoid, one_hot

Scores = Callable[[Tensor], Tensor]  # of the items clicked so far (T,) and, for each step, of all items: (T, V)
SHRINK = 20.0  # sessions that an item is short of before its neighbours are believed


def shares(sessions: Sequence[Sequence[int]], items: int) -> Tensor:
    """Each item's share of all clicks, (V,)."""
    every = torch.tensor([item for one in sessions for item in one])
    return torch.bincount(every, minlength=items) / len(every)


def popularity(sessions: Sequence[Sequence[int]], items: int) -> Scores:
    """The same list for everybody."""
    q = shares(sessions, items)
    return lambda clicked: q.expand(len(clicked), items)


def own_popularity(sessions: Sequence[Sequence[int]], items: int) -> Scores:
    """How often the session has had each item; popularity decides between equals."""
    q = shares(sessions, items)
    return lambda clicked: one_hot(clicked, items).cumsum(0) + q


def transitions(sessions: Sequence[Sequence[int]], items: int, added: float) -> Scores:
    """What came directly behind the last item, with `added` clicks of popularity."""
    links = [(a, b) for one in sessions for a, b in itertools.pairwise(one)]
    ones = np.ones(len(links), dtype=np.float32)
    counts = torch.tensor(sparse.coo_array((ones, tuple(zip(*links, strict=True))), (items, items)).toarray())
    smooth = counts + added * shares(sessions, items)
    chances = smooth / smooth.sum(1, keepdim=True)
    return lambda clicked: chances[clicked]


def neighbours(sessions: Sequence[Sequence[int]], items: int, kept: float) -> Scores:
    """Items of the same sessions: cosines of items, summed over the session; a step back counts `kept` times."""
    pairs = sorted({(n, item) for n, one in enumerate(sessions) for item in one})
    ones = np.ones(len(pairs), dtype=np.float32)
    has = sparse.csr_array((ones, tuple(zip(*pairs, strict=True))), (len(sessions), items))
    alike = torch.tensor((has.T @ has).toarray())
    many = alike.diagonal() + SHRINK
    alike = alike / (many[:, None] * many).sqrt()

    def scores(clicked: Tensor) -> Tensor:
        rows, total = [], torch.zeros(items)
        for item in clicked:
            total = kept * total + alike[item]
            rows.append(total)
        return torch.stack(rows)

    return scores


class NextItem(nn.Module):
    """Vectors of items, a recurrent cell, a score for each item. A step with `starts` 1 begins with a state of 0."""

    def __init__(self, items: int, hidden: int, cell: str = "GRU", dropout: float = 0.2) -> None:
        super().__init__()
        self.vectors = nn.Embedding(items, hidden)
        self.cell = {"GRU": nn.GRUCell, "RNN": nn.RNNCell}[cell](hidden, hidden)
        self.readout = nn.Linear(hidden, items)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.vectors.weight, 0, 0.1)

    def forward(self, clicked: Tensor, starts: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """States of (T, B) steps and the last one: (T, B, H), (B, H)."""
        found = []
        for x, start in zip(self.dropout(self.vectors(clicked)), starts, strict=True):
            h = self.cell(x, h * (1 - start[:, None]))
            found.append(h)
        return torch.stack(found), h

    def scores(self, forget: bool = False) -> Scores:
        """For one session at a time; `forget`: the state is 0 at every step, so that the last click alone counts."""

        def of(clicked: Tensor) -> Tensor:
            first = torch.ones(len(clicked), 1) if forget else (torch.arange(len(clicked)) == 0).float()[:, None]
            with torch.no_grad():
                states, _ = self(clicked[:, None], first, torch.zeros(1, self.cell.hidden_size))
                return self.readout(states[:, 0])

        return of


def loss_of(name: str, net: NextItem, states: Tensor, targets: Tensor) -> Tensor:
    """A number: "softmax" over all items; or over the targets of the same step "cross-entropy", "BPR", "TOP1".

    Args:
        states: (T, B, H).
        targets: (T, B).
    """
    states, many = net.dropout(states), targets.shape[1]
    if name == "softmax":
        return cross_entropy(net.readout(states).flatten(0, 1), targets.flatten())
    scores = states @ net.readout.weight[targets].transpose(1, 2) + net.readout.bias[targets][:, None]
    if name == "cross-entropy":
        return cross_entropy(scores.flatten(0, 1), torch.arange(many).repeat(len(scores)))
    ahead = scores.diagonal(dim1=1, dim2=2)[..., None] - scores
    each = {
        "BPR": lambda: -logsigmoid(ahead),
        "TOP1": lambda: torch.sigmoid(-ahead) + torch.sigmoid(scores.square()),
    }[name]()
    return each[:, ~torch.eye(many, dtype=torch.bool)].mean()


def batches(sessions: Sequence[Sequence[int]], many: int, back: int) -> Iterator[tuple[Tensor, Tensor, Tensor, bool]]:
    """Pieces of `back` steps of `many` lanes, without end, each pass in another order.

    Yields: what is clicked, what is next, 1 where a session begins, (T, B) each; whether states are carried on.
    """
    lengths = torch.tensor([len(one) for one in sessions])
    flat = torch.tensor([item for one in sessions for item in one])
    offsets = lengths.cumsum(0) - lengths
    first = torch.zeros(len(flat)).index_fill(0, offsets, 1.0)
    while True:
        cursors = _cursors(torch.randperm(len(sessions)).tolist(), offsets.tolist(), lengths.tolist(), many)
        for place in range(0, len(cursors) - back + 1, back):
            now = cursors[place : place + back]
            yield flat[now], flat[now + 1], first[now], place > 0


def _cursors(order: list[int], offsets: list[int], lengths: list[int], many: int) -> Tensor:
    # Where in the flat row of all clicks each lane reads, (T, B).
    ends = [(0, lane) for lane in range(many)]
    rows: list[list[int]] = [[] for _ in range(many)]
    for n in order:
        end, lane = heapq.heappop(ends)
        rows[lane].extend(range(offsets[n], offsets[n] + lengths[n] - 1))
        heapq.heappush(ends, (end + lengths[n] - 1, lane))
    return torch.tensor([row[: min(ends)[0]] for row in rows]).T


def fit(
    net: NextItem,
    sessions: Sequence[Sequence[int]],
    loss: str,
    rate: float,
    updates: int,
    many: int = 32,
    back: int = 8,
    forget: bool = False,
) -> NextItem:
    """Train by Adam; gradients go `back` steps; `forget`: every step begins with a state of 0."""
    adam = torch.optim.Adam(net.parameters(), rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, rate, total_steps=max(2, updates))
    h = zero = torch.zeros(many, net.cell.hidden_size)
    for update, (clicked, targets, starts, carried) in enumerate(batches(sessions, many, back), start=1):
        if forget:
            starts = torch.ones_like(starts)
        states, last = net(clicked, starts, h if carried else zero)
        h = last.detach()
        value = loss_of(loss, net, states, targets)
        adam.zero_grad()
        value.backward()
        adam.step()
        schedule.step()
        if update == updates:
            break
    return net.eval()


def places(scores: Scores, sessions: Sequence[Sequence[int]], again: bool, added: Tensor | None = None) -> list[Tensor]:
    """Where the next item stands in the list, by session, (T − 1,); equal scores share the mean of their places.

    again: whether an item of the session may come again; else those it has had are left out of the list.
    added: (V,), to all scores.
    """
    found = []
    for one in sessions:
        clicked, targets = torch.tensor(one[:-1]), torch.tensor(one[1:])
        table = scores(clicked) if added is None else scores(clicked) + added
        if not again:
            seen = one_hot(clicked, table.shape[1]).cumsum(0) > 0
            table = table.masked_fill(seen, -torch.inf)
        own = table.gather(1, targets[:, None])
        found.append(((table > own).sum(1) + (table >= own).sum(1) + 1) / 2)
    return found


def measured(found: Sequence[Tensor], k: int = 20) -> dict[str, float]:
    """Recall and mean reciprocal rank in the first k places, over all clicks together."""
    every = torch.cat(list(found))
    within = every <= k
    return {"recall": float(within.float().mean()), "MRR": float((within / every).mean())}
