/* Functions that run inside the page. Each is self-contained, because its source is sent there. */

/** Resolves after two frames: charts have drawn, and observers of size have reported. */
export function settled() {
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}

/** Ids of canvases that hold fewer than three colours: nothing was drawn. */
export function blankCanvases() {
  return [...document.querySelectorAll('canvas')]
    .filter((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size < 3;
    })
    .map((canvas) => canvas.id);
}

/** How far the page scrolls sideways, and which elements stick out of it without a scrolling box around them. */
export function overflow() {
  const root = document.documentElement;
  const elements = [...document.querySelectorAll('main *, header *, footer *')].filter(
    (e) =>
      e.getBoundingClientRect().right > root.clientWidth + 1 &&
      e.closest('.scroll, nav, pre') === null &&
      getComputedStyle(e).position !== 'absolute',
  );
  return {
    px: root.scrollWidth - root.clientWidth,
    elements: elements.map((e) => `${e.tagName}.${e.className}`),
  };
}

/** Texts whose contrast to what lies behind them is below WCAG AA (4.5, or 3 for large bold type). */
export function lowContrast() {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parsed = new Map();
  const parse = (colour) => {
    if (!parsed.has(colour)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      parsed.set(colour, [r, g, b, a / 255]);
    }
    return parsed.get(colour);
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
  const behind = (e) =>
    e === null ? [255, 255, 255] : over(parse(getComputedStyle(e).backgroundColor), behind(e.parentElement));
  const opacity = (e) => (e === null ? 1 : Number(getComputedStyle(e).opacity) * opacity(e.parentElement));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const hasText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '');
  const low = [...document.querySelectorAll('body *')]
    .filter((e) => hasText(e) && e.getClientRects().length > 0)
    .flatMap((e) => {
      const style = getComputedStyle(e);
      const ground = behind(e);
      const [r, g, b, a] = parse(style.color);
      const [dark, bright] = [light(ground), light(over([r, g, b, a * opacity(e)], ground))].sort(
        (x, y) => x - y,
      );
      const ratio = (bright + 0.05) / (dark + 0.05);
      const large = Number.parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 600;
      const enough = large ? 3 : 4.5;
      return ratio < enough
        ? [`${ratio.toFixed(2)} ${e.tagName}.${e.className}: ${e.textContent.slice(0, 30)}`]
        : [];
    });
  return [...new Set(low)];
}

/** Whether the attack of the hostile fixture ran. */
export function wasHacked() {
  return 'hacked' in globalThis;
}

/** Puts a script into the page the way injected markup would. */
export function injectScript() {
  const script = document.createElement('script');
  script.textContent = 'globalThis.hacked = 1';
  document.body.append(script);
}

/** The first chart as a picture. */
export function picture() {
  return document.querySelector('canvas').toDataURL();
}

/** Whether the first chart differs from a picture of it. */
export function pictureDiffers(before) {
  return document.querySelector('canvas').toDataURL() !== before;
}

/** Moments of kills that each chart marks. */
export function marksDrawn() {
  return Object.values(Chart.instances).map((chart) => chart.options.plugins.bands.marks.length);
}

/** Colours of the charts' grid lines and of their legends' words. */
export function chartInk() {
  const charts = Object.values(Chart.instances);
  const grid = charts.flatMap((chart) => chart.scales.x._gridLineItems.map((item) => item.color));
  const words = charts.flatMap((chart) => (chart.legend?.legendItems ?? []).map((item) => item.fontColor));
  return [...new Set(grid), ...new Set(words)];
}

/** Tells the page that it is about to be printed; the driver's own print does not. */
export function announcePrint() {
  dispatchEvent(new Event('beforeprint'));
}

/** Colour of the page's text. */
export function ink() {
  return getComputedStyle(document.body).color;
}

/** The selected text, and what the copy button says. */
export function copied() {
  return { text: String(getSelection()).trim(), button: document.querySelector('[data-copy]').textContent };
}
