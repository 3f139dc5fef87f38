// Arrays shown as images in the book's colours, which change between light and dark.

const dlColour = (element, role) => {
  const hex = getComputedStyle(element).getPropertyValue(`--dl-${role}`).trim().slice(1);
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
};

// Paints values in −1 … 1 (or 0 … 1) on a canvas: 0 is the paper, 1 the first role's colour, −1 the second's.
function dlPaint(canvas, values, width, height, role, negative = "ink") {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const paper = dlColour(canvas, "paper"), ends = [dlColour(canvas, role), dlColour(canvas, negative)];
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let i = 0; i < values.length; i++) {
    const end = ends[values[i] < 0 ? 1 : 0], part = Math.min(1, Math.abs(values[i]));
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = paper[c] + part * (end[c] - paper[c]);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

// Calls back when there are colours to read, that is once the element stands in the page, and whenever the page
// (or Jupyter, Colab, VS Code, the system) turns light or dark.
function dlOnTheme(element, callback) {
  new ResizeObserver(callback).observe(element);
  const observer = new MutationObserver(callback);
  for (const page of [document.documentElement, document.body]) observer.observe(page, { attributes: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}

// A trait of bytes arrives as a DataView.
const dlBytes = (view, Type) => new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
