// Where the concepts lie on the map: a force layout that comes out the same every time.

const ROUNDS = 320;
const SPREAD = 90;

/**
 * Positions for `count` nodes; `edges` are pairs of indexes.
 * Neighbours attract, all repel, the more the better they are connected (ForceAtlas2, Jacomy et al. 2014).
 */
export function layout(count, edges) {
  const degree = new Array(count).fill(1);
  for (const [a, b] of edges) { degree[a]++; degree[b]++; }
  const x = new Float64Array(count), y = new Float64Array(count), dx = new Float64Array(count), dy = new Float64Array(count);
  // On a spiral, the best connected inside: no chance is involved.
  const order = [...degree.keys()].sort((a, b) => degree[b] - degree[a] || a - b);
  order.forEach((node, i) => {
    x[node] = SPREAD * Math.sqrt(i) * Math.cos(2.39996 * i);
    y[node] = SPREAD * Math.sqrt(i) * Math.sin(2.39996 * i);
  });
  for (let round = 0; round < ROUNDS; round++) {
    const heat = 60 * (1 - round / ROUNDS) + 0.5;
    dx.fill(0); dy.fill(0);
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        const ox = x[a] - x[b], oy = y[a] - y[b];
        const push = (SPREAD * SPREAD * 0.35 * Math.sqrt(degree[a] * degree[b])) / (ox * ox + oy * oy + 1);
        dx[a] += ox * push; dy[a] += oy * push; dx[b] -= ox * push; dy[b] -= oy * push;
      }
    }
    for (const [a, b] of edges) {
      // A hub's edges pull less each, so that it does not swallow its neighbourhood.
      const pull = 0.9 / (degree[a] * degree[b]) ** 0.3;
      const ox = (x[a] - x[b]) * pull, oy = (y[a] - y[b]) * pull;
      dx[a] -= ox; dy[a] -= oy; dx[b] += ox; dy[b] += oy;
    }
    for (let a = 0; a < count; a++) {
      // Towards the middle, less so sideways: screens are wide.
      const alone = degree[a] < 3 ? 2.2 : 1;
      dx[a] -= x[a] * 0.055 * alone; dy[a] -= y[a] * 0.085 * alone;
      const far = Math.hypot(dx[a], dy[a]) || 1, step = Math.min(heat, far * 0.12);
      x[a] += (dx[a] / far) * step; y[a] += (dy[a] / far) * step;
    }
  }
  return Array.from(x, (at, i) => ({ x: at, y: y[i] }));
}
