"""The workloads as programs of other libraries. Each module has `step(name)`, which gives step(x, y) → loss."""
