"""The work of bench/engine.ts in PyTorch: a step for each line on standard input.

Argument: JSON {work, threads, ...}. work "training": {batch, patch, levels, base, classes}, a training step of the U-Net of
main/engine/testing.ts. "inference": the same with {box, starts}, each step the next window of a sliding inference.
"convolution": {n, size, ci, co, pass}. Prints "ready", then the milliseconds of each step, and when the input ends the peak
of resident memory beyond what the imports took, in bytes.
"""
import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

options = json.loads(sys.argv[1])
torch.set_num_threads(options["threads"])


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


class Block(nn.Module):
    def __init__(self, ci, co, stride=1):
        super().__init__()
        self.conv = nn.Conv3d(ci, co, 3, stride, 1, bias=False)
        self.norm = nn.InstanceNorm3d(co, affine=True)

    def forward(self, x):
        return F.leaky_relu(self.norm(self.conv(x)), 0.01, inplace=True)


class Unet(nn.Module):
    def __init__(self, levels, base, classes):
        super().__init__()
        widths = [base * 2**level for level in range(levels)]
        self.down = nn.ModuleList(
            nn.Sequential(Block(widths[max(0, i - 1)] if i else 1, w, 2 if i else 1), Block(w, w))
            for i, w in enumerate(widths)
        )
        self.up = nn.ModuleList(nn.ConvTranspose3d(2 * w, w, 2, 2, bias=False) for w in widths[:-1])
        self.merge = nn.ModuleList(nn.Sequential(Block(2 * w, w), Block(w, w)) for w in widths[:-1])
        self.head = nn.Conv3d(base, classes, 1)

    def forward(self, x):
        levels = len(self.down)
        skips = []
        for down in self.down:
            x = down(x)
            skips.append(x)
        for level in reversed(range(levels - 1)):
            x = self.merge[level](torch.cat([self.up[level](x), skips[level]], 1))
        return self.head(x)


def loss_of(logits, target):
    classes = logits.shape[1]
    p = torch.softmax(logits, 1)
    t = F.one_hot(target, classes).permute(0, 4, 1, 2, 3).float()
    over = (0, 2, 3, 4)
    dice = (2 * (p * t).sum(over) + 1e-5) / (p.sum(over) + t.sum(over) + 1e-5)
    return F.cross_entropy(logits, target) + 1 - dice[1:].mean()


def unet():
    torch.manual_seed(1)
    return Unet(options["levels"], options["base"], options["classes"])


def training():
    net = unet()
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0)
    shape = [options["batch"], *options["patch"]]
    image, target = torch.randn([shape[0], 1, *shape[1:]]), torch.randint(0, options["classes"], shape)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(net(image), target)
        loss.backward()
        optimiser.step()

    return step


def inference():
    net = unet().eval()
    (d, h, w), box, starts = options["patch"], options["box"], options["starts"]
    volume = torch.randn(box)
    total, weights = torch.zeros([options["classes"], *box]), torch.zeros(box)
    done = 0

    @torch.inference_mode()
    def step():
        nonlocal done
        z, y, x = starts[done % len(starts)]
        done += 1
        at = (slice(z, z + d), slice(y, y + h), slice(x, x + w))
        total[(slice(None), *at)] += torch.softmax(net(volume[at][None, None]), 1)[0]
        weights[at] += 1

    return step


def convolution():
    n, ci, co = options["n"], options["ci"], options["co"]
    x, y = torch.randn([n, ci, *options["size"]]), torch.randn([n, co, *options["size"]])
    weight = torch.randn([co, ci, 3, 3, 3])
    if options["pass"] == "forward":
        return lambda: F.conv3d(x, weight, None, 1, 1)
    wanted = [options["pass"] == "input gradient", options["pass"] == "filter gradient", False]
    rest = ([1, 1, 1], [1, 1, 1], [1, 1, 1], False, [0, 0, 0], 1)
    return lambda: torch.ops.aten.convolution_backward(y, x, weight, None, *rest, wanted)


baseline = resident()
step = {"training": training, "inference": inference, "convolution": convolution}[options["work"]]()
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    step()
    print((time.perf_counter() - start) * 1000, flush=True)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - baseline, flush=True)
