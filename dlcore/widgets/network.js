// The layers of a trained network, computed in the page. Kernels are int8, with one scale for each unit or filter.

const each = (fn) => (z) => z.map(fn);
const ACTIVATIONS = {
  linear: (z) => z,
  relu: each((v) => Math.max(0, v)),
  leaky_relu: each((v) => (v > 0 ? v : 0.2 * v)),
  elu: each((v) => (v > 0 ? v : Math.expm1(v))),
  silu: each((v) => v / (1 + Math.exp(-v))),
  sigmoid: each((v) => 1 / (1 + Math.exp(-v))),
  tanh: each(Math.tanh),
  softmax: (z) => {
    const most = Math.max(...z), e = z.map((v) => Math.exp(v - most)), sum = e.reduce((a, b) => a + b);
    return e.map((v) => v / sum);
  },
};

// y = activation(x W + b), W = kernel · scale.
function dlDense({ inputs, units, activation, kernel, scale, bias }, x) {
  const z = new Float64Array(units);
  for (let i = 0; i < inputs; i++) {
    if (x[i] === 0) continue;
    for (let u = 0; u < units; u++) z[u] += x[i] * kernel[i * units + u];
  }
  for (let u = 0; u < units; u++) z[u] = z[u] * scale[u] + bias[u];
  return ACTIVATIONS[activation](z);
}
