"""Training in one process, without torch.distributed."""

import torch
from torch import nn

model = nn.Sequential(nn.Linear(32, 64), nn.Tanh(), nn.Linear(64, 4))
optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
for _ in range(10):
    loss = model(torch.randn(16, 32)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
