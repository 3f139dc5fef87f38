// A computational graph: its values, its gradients, and what is said about each step. The nodes come from Python;
// every number is computed here.

const number = (v) => {
  if (!Number.isFinite(v)) return Number.isNaN(v) ? "not a number" : v > 0 ? "∞" : "−∞";
  const size = Math.abs(v);
  const text = size !== 0 && (size >= 1e5 || size < 1e-3) ? v.toExponential(1) : String(Number(v.toFixed(size >= 100 ? 1 : 3)));
  return text.replace("e+", "e").replaceAll("-", "−");
};
const factor = (v) => (v < 0 ? `(${number(v)})` : number(v)); // a negative number inside a product

// Each operation: its value, its derivative by each input, how both are written, and the rule in words.
// x: the inputs' values, y: the result, n: the inputs' names, m: the result's name, p: an exponent.
export const OPERATIONS = {
  add: {
    value: (x) => x[0] + x[1], slopes: () => [1, 1],
    formula: (n) => `${n[0]} + ${n[1]}`, derivatives: () => ["1", "1"],
    rule: "A sum hands its gradient to both sides unchanged.",
  },
  sub: {
    value: (x) => x[0] - x[1], slopes: () => [1, -1],
    formula: (n) => `${n[0]} − ${n[1]}`, derivatives: () => ["1", "−1"],
    rule: "A difference hands its gradient on, with the sign turned for what is subtracted.",
  },
  mul: {
    value: (x) => x[0] * x[1], slopes: (x) => [x[1], x[0]],
    formula: (n) => `${n[0]}·${n[1]}`, derivatives: (n) => [n[1], n[0]],
    rule: "A product hands each factor the gradient times the other factor.",
  },
  div: {
    value: (x) => x[0] / x[1], slopes: (x) => [1 / x[1], -x[0] / (x[1] * x[1])],
    formula: (n) => `${n[0]} / ${n[1]}`, derivatives: (n) => [`1/${n[1]}`, `−${n[0]}/${n[1]}²`],
    rule: "A quotient is a product with 1/denominator.",
  },
  pow: {
    value: (x, p) => x[0] ** p, slopes: (x, y, p) => [p === 0 ? 0 : p * x[0] ** (p - 1)],
    formula: (n, p) => n[0] + superscript(p),
    derivatives: (n, m, p) => [p === 2 ? `2·${n[0]}` : `${number(p)}·${n[0]}${superscript(p - 1)}`],
    rule: "A power brings its exponent down in front.",
  },
  neg: {
    value: (x) => -x[0], slopes: () => [-1],
    formula: (n) => `−${n[0]}`, derivatives: () => ["−1"],
    rule: "A minus sign turns the gradient's sign.",
  },
  tanh: {
    value: (x) => Math.tanh(x[0]), slopes: (x, y) => [1 - y * y],
    formula: (n) => `tanh(${n[0]})`, derivatives: (n, m) => [`1 − ${m}²`],
    rule: "tanh multiplies by its slope, 1 − (its value)²: near ±1 hardly anything gets through.",
  },
  sigmoid: {
    value: (x) => 1 / (1 + Math.exp(-x[0])), slopes: (x, y) => [y * (1 - y)],
    formula: (n) => `σ(${n[0]})`, derivatives: (n, m) => [`${m}·(1 − ${m})`],
    rule: "The sigmoid multiplies by its slope, which is at most ¼.",
  },
  relu: {
    value: (x) => Math.max(0, x[0]), slopes: (x) => [x[0] > 0 ? 1 : 0],
    formula: (n) => `relu(${n[0]})`, derivatives: (n) => [`[${n[0]} > 0]`],
    rule: "ReLU is a gate: open it passes the gradient on, shut it passes nothing.",
  },
  exp: {
    value: (x) => Math.exp(x[0]), slopes: (x, y) => [y],
    formula: (n) => `exp(${n[0]})`, derivatives: (n, m) => [m],
    rule: "exp is its own derivative.",
  },
  log: {
    value: (x) => Math.log(x[0]), slopes: (x) => [1 / x[0]],
    formula: (n) => `log(${n[0]})`, derivatives: (n) => [`1/${n[0]}`],
    rule: "log divides by its input: close to zero its slope is huge.",
  },
};

function superscript(p) {
  return String(p).replace(/./g, (c) => ({ "-": "⁻", ".": "·" })[c] || "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] || c);
}

// Forward: the value of every node. `given` holds the inputs that the reader has changed.
export function forward(nodes, given = {}) {
  const values = {};
  for (const node of nodes) {
    const op = OPERATIONS[node.op];
    values[node.id] = op ? op.value(node.inputs.map((i) => values[i]), node.power) : given[node.id] ?? node.value;
  }
  return values;
}

export function slopes(node, values) {
  return OPERATIONS[node.op].slopes(node.inputs.map((i) => values[i]), values[node.id], node.power);
}

// Backward: one entry for each arrow, in the order in which the gradient travels,
// {node, to, k, slope, share, sum}: `to` is the k-th input of `node` and its gradient grows by `share` to `sum`.
export function backward(nodes, values) {
  const kinds = Object.fromEntries(nodes.map((n) => [n.id, n.op]));
  const grads = { [nodes.at(-1).id]: 1 }, moves = [];
  for (const node of [...nodes].reverse().filter((n) => OPERATIONS[n.op])) {
    const local = slopes(node, values);
    node.inputs.forEach((to, k) => {
      if (kinds[to] === "const") return; // a number in the formula: nobody asks for its gradient
      const share = grads[node.id] * local[k];
      grads[to] = (grads[to] ?? 0) + share;
      moves.push({ node: node.id, to, k, slope: local[k], share, sum: grads[to] });
    });
  }
  return { grads, moves };
}

// ---------------------------------------------------------------- the steps and what is said about them

export function makeSteps(nodes) {
  const { moves } = backward(nodes, forward(nodes));
  return [
    { kind: "start" },
    ...nodes.filter((n) => OPERATIONS[n.op]).map((n) => ({ kind: "forward", id: n.id })),
    { kind: "seed" },
    ...moves.map((m, index) => ({ kind: "backward", index })),
    { kind: "check" },
  ];
}

// {equation: pieces of text, those with a role as [role, text]; rule: a sentence}
export function tell(nodes, step, given = {}) {
  const values = forward(nodes, given), { grads, moves } = backward(nodes, values);
  const byId = Object.fromEntries(nodes.map((n) => [n.id, n]));
  const end = nodes.at(-1), L = end.label;
  const name = (id) => [byId[id].role, byId[id].label];
  // A negative number needs brackets, except inside a function's own and in front of + − · /.
  const value = (text) => (id, k, { length }) => [byId[id].role, (text.includes("(") || (length === 2 && k === 0) ? number : factor)(values[id])];
  const d = (id) => ["gradient", `∂${L}/∂${byId[id].label}`];
  // An operation's formula with something in place of its inputs; the joints ◦0, ◦1 survive the formula's own text.
  const fill = (text, pieces) => text.split(/(◦\d)/).map((t) => (t[0] === "◦" ? pieces[Number(t[1])] : t)).filter((t) => t !== "");
  const joints = (node) => node.inputs.map((i, k) => `◦${k}`);

  if (step.kind === "start") {
    const leaves = nodes.filter((n) => n.op === "input").flatMap((n, i) => [i ? ",  " : "", name(n.id), " = ", [n.role, number(values[n.id])]]);
    return { equation: leaves, rule: `Forward first: each Step computes one value from those before it, until ${L} is known.` };
  }
  if (step.kind === "forward") {
    const node = byId[step.id], text = OPERATIONS[node.op].formula(joints(node), node.power);
    const letters = fill(text, node.inputs.map(name)), digits = fill(text, node.inputs.map(value(text)));
    return {
      equation: [name(node.id), " = ", ...letters, " = ", ...digits, " = ", [node.role, number(values[node.id])]],
      rule: node === end ? `${L} is known. From here the gradients travel back.` : `Forward: ${[...new Set(node.inputs.map((i) => byId[i].label))].join(" and ")} ${new Set(node.inputs).size > 1 ? "are" : "is"} all that ${node.label} needs.`,
    };
  }
  if (step.kind === "seed") {
    return { equation: [d(end.id), " = ", ["gradient", "1"]], rule: `Backward starts at the end: when ${L} grows by a little, ${L} grows by just as much.` };
  }
  if (step.kind === "backward") {
    const { node: id, to, k, slope, share, sum } = moves[step.index], node = byId[id], op = OPERATIONS[node.op];
    const uses = moves.filter((m) => m.to === to).length;
    const before = moves.slice(0, step.index).filter((m) => m.to === to);
    const symbol = op.derivatives(joints(node), `◦${node.inputs.length}`, node.power)[k];
    const written = fill(/^[^(]+[+−] /.test(symbol) ? `(${symbol})` : symbol, [...node.inputs.map(name), name(id)]);
    const known = ["gradient", number(grads[id])], chain = [];
    if (node !== end) chain.push(d(id), " · ", `∂${node.label}/∂${byId[to].label}`, " = ");
    if (symbol !== number(slope)) chain.push(known, " · ", ...written, " = ");
    chain.push(known, " · ", factor(slope), " = ", ["gradient", number(share)]);
    if (uses === 1) return { equation: [d(to), " = ", ...chain], rule: op.rule };
    const u = byId[to].label;
    if (!before.length) {
      return { equation: ["this arrow: ", ...chain], rule: `${op.rule} ${u} is used ${uses === 2 ? "twice" : uses + " times"}, so this is only a share of its gradient.` };
    }
    const all = [...before.map((m) => m.share), share].flatMap((v, i) => [i ? " + " : "", ["gradient", i ? factor(v) : number(v)]]);
    return {
      equation: ["this arrow: ", ...chain, ";  ", d(to), " = ", ...all, " = ", ["gradient", number(sum)]],
      rule: `Gradients add: ${u} moves ${L} along each of its arrows.`,
    };
  }
  const leaf = nudged(nodes, grads), h = 0.001;
  const change = forward(nodes, { ...given, [leaf.id]: values[leaf.id] + h })[end.id] - values[end.id];
  return {
    equation: [d(leaf.id), ` · ${h} = `, ["gradient", small(grads[leaf.id] * h)]],
    rule:
      `One sweep, and every gradient is there. To check one, raise ${leaf.label} by ${h} and compute ${L} again: ` +
      `it changes by ${small(change)}. The gradient foretold ${small(grads[leaf.id] * h)}.`,
  };
}

const small = (v) => (Math.abs(v) < 1e-9 ? "0" : v.toPrecision(3).replaceAll("-", "−"));

// The input that the last step nudges: a weight if there is one, the one with the largest gradient.
function nudged(nodes, grads) {
  const leaves = nodes.filter((n) => n.op === "input" && n.id in grads);
  const weights = leaves.filter((n) => n.role === "weight");
  return (weights.length ? weights : leaves).reduce((a, b) => (Math.abs(grads[b.id]) > Math.abs(grads[a.id]) ? b : a));
}
