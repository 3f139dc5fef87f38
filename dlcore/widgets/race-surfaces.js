/* Surfaces for a race: loss and slopes over two weights, where to start, and the lowest points.
   The tilted ravine is the ravine turned by 30° about its lowest point, with its start. */
const dlSurfaces = (() => {
  const cos = Math.cos(Math.PI / 6), sin = Math.sin(Math.PI / 6);
  const along = (x, y) => [cos * (x - 1.5) + sin * (y - 0.6), -sin * (x - 1.5) + cos * (y - 0.6)];
  const bump = (x, y) => Math.exp(-0.5 * ((x - 1) ** 2 + y * y));
  const off = (x, y) => y - (x * x) / 3 + 1;
  return {
    ravine: {
      loss: (x, y) => 0.05 * (x - 1.6) ** 2 + 2 * y * y,
      slope: (x, y) => [0.1 * (x - 1.6), 4 * y],
      start: [-2.6, 1.2], lowest: [[1.6, 0]], top: 4,
    },
    "tilted ravine": {
      loss: (x, y) => { const [u, v] = along(x, y); return 0.05 * u * u + 2 * v * v; },
      slope: (x, y) => { const [u, v] = along(x, y); return [0.1 * u * cos - 4 * v * sin, 0.1 * u * sin + 4 * v * cos]; },
      start: [1.5 - 4.2 * cos - 1.2 * sin, 0.6 - 4.2 * sin + 1.2 * cos], lowest: [[1.5, 0.6]], top: 4,
    },
    saddle: {
      loss: (x, y) => 0.5 * x * x - 0.15 * y * y + 0.0375 * y ** 4 + 0.15,
      slope: (x, y) => [x, -0.3 * y + 0.15 * y ** 3],
      start: [-2.6, 0.05], lowest: [[0, Math.SQRT2], [0, -Math.SQRT2]], top: 4,
    },
    plateau: {
      loss: (x, y) => 1 - bump(x, y),
      slope: (x, y) => [(x - 1) * bump(x, y), y * bump(x, y)],
      start: [-2.4, 1.1], lowest: [[1, 0]], top: 1,
    },
    bend: {
      loss: (x, y) => 0.04 * (x - 1.5) ** 2 + 0.6 * off(x, y) ** 2,
      slope: (x, y) => [0.08 * (x - 1.5) - 0.8 * off(x, y) * x, 1.2 * off(x, y)],
      start: [-2.4, 1.5], lowest: [[1.5, -0.25]], top: 2.5,
    },
  };
})();
