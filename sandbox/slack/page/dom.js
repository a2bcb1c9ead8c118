/** Builds DOM nodes. Text only ever becomes text nodes: nothing that an app sends is parsed as HTML. */

const SVG = 'http://www.w3.org/2000/svg';

/** h('button', { class: 'x', onclick: f, 'aria-label': 'y' }, 'text', node, null) */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && typeof child !== 'boolean'),
  );
  return node;
}

const PATHS = {
  arrow: 'M5 12h13m-5-6 6 6-6 6',
  back: 'M19 12H6m5-6-6 6 6 6',
  close: 'M6 6l12 12M18 6 6 18',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  send: 'M4 12 3.5 4.5 21 12 3.5 19.5 4 12Zm0 0h8',
  chevron: 'm6 9 6 6 6-6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  file: 'M7 3h7l4 4v14H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Zm7 0v5h4',
  pin: 'M12 17v5M8 3h8l-1 7 3 4H6l3-4-1-7Z',
  thread: 'M5 5h14v10H10l-5 4V5Z',
  bolt: 'M13 2 5 14h6l-1 8 9-13h-6l0-7Z',
  dots: 'M5 12h.01M12 12h.01M19 12h.01',
  external: 'M14 5h5v5m0-5-8 8M11 6H6v12h12v-5',
};

/** One of the page's own line icons. */
export function icon(name, size = 16) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  for (const [key, value] of Object.entries({
    viewBox: '0 0 24 24',
    width: size,
    height: size,
    'aria-hidden': 'true',
    class: 'icon',
  })) {
    svg.setAttribute(key, value);
  }
  svg.append(path);
  return svg;
}

/** A web address that is safe to link to; null for anything else, `javascript:` above all. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url, location.href);
    return ['http:', 'https:', 'mailto:', 'tel:'].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** A link that opens elsewhere, or plain text when its address is not a safe one. */
export function link(url, ...children) {
  const href = safeUrl(url);
  if (href === null) return h('span', {}, ...children);
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, ...children);
}
